using Binlog.Service.Downstream;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>The only worker of a target that has one writer: it executes everything at the commit.</summary>
internal sealed class SingleWorker(ITarget target) : IApplyWorker
{
    private ChangeBatch _batch = new();

    /// <inheritdoc/>
    public bool IsUsable => false;

    /// <inheritdoc/>
    public Task ExecuteAsync(ChangeBatch batch, int first, int count, CancellationToken cancellationToken)
    {
        _batch = batch;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task CommitAsync(Checkpoint checkpoint, CancellationToken cancellationToken) => target.ApplyAsync(_batch, checkpoint, cancellationToken);

    /// <inheritdoc/>
    public Task RollBackAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public void Forget()
    {
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;
}
