namespace Binlog.Service.Downstream.Sqlite;

/// <summary>The only worker of a SQLite file. Its transaction begins with the first rows; a failure of the file is mended by opening it again.</summary>
internal sealed class SqliteApplyWorker(SqliteTarget target) : IApplyWorker
{
    private bool _isInTransaction;

    /// <inheritdoc/>
    public bool IsUsable => false;

    /// <inheritdoc/>
    public Task ExecuteAsync(ChangeBatch batch, int first, int count, CancellationToken cancellationToken)
    {
        Begin(cancellationToken);
        target.Rows.Write(batch, first, count, cancellationToken);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task CommitAsync(Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        Begin(cancellationToken);
        target.Commit(checkpoint);
        _isInTransaction = false;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task RollBackAsync()
    {
        if (_isInTransaction)
        {
            target.RollBack();
            _isInTransaction = false;
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Forget()
    {
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => new(RollBackAsync());

    private void Begin(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_isInTransaction)
        {
            target.Begin();
            _isInTransaction = true;
        }
    }
}
