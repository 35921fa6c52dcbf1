using System.Globalization;
using Binlog.MySql;
using Binlog.Service.Downstream.Claiming;
using Binlog.Service.Downstream.MySql;

namespace Binlog.Service.Downstream.Outside;

/// <summary>A checkpoint in a MySQL, MariaDB or TiDB that is not the target. Each statement is a transaction; those that write are conditional on the epoch.</summary>
internal sealed class MySqlCheckpointPlace(MySqlConnectionOptions options, string database, ulong clusterId) : ICheckpointPlace
{
    /// <summary>A statement about one row. A server that is silent for longer is away.</summary>
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(30);

    private readonly OutsideTable _table = new(database, clusterId);
    private MySqlSession? _session;
    private bool _hasRow;

    /// <inheritdoc/>
    public string Name => $"The checkpoint's table {SqlText.Name(database, OutsideTable.TableName)} at {MySqlSession.AddressOf(options)}";

    /// <inheritdoc/>
    public Task<OutsideCheckpoint?> PeekAsync(CancellationToken cancellationToken) => DoAsync("reading it", async session =>
    {
        try
        {
            return await ReadAsync(session, cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error) when (MySqlErrors.IsAbsent(error))
        {
            return null;
        }
    }, cancellationToken);

    /// <inheritdoc/>
    public Task<OutsideCheckpoint?> TakeAsync(TargetClaim claim, CancellationToken cancellationToken) => DoAsync("taking it", async session =>
    {
        OutsideCheckpoint? found;
        try
        {
            found = await ReadAsync(session, cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error) when (MySqlErrors.IsAbsent(error))
        {
            foreach (string statement in _table.Create)
            {
                await session.Connection.ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
            }

            found = await ReadAsync(session, cancellationToken).ConfigureAwait(false);
        }

        _hasRow = found is not null;
        if (found is null)
        {
            claim.Took(null);
            return null;
        }

        claim.ExpectNotFenced(Name, found.Epoch, found.Holder, found.Checkpoint.CommitTs);
        MySqlOk taken = await session.Connection.ExecuteAsync(_table.Take(found.Epoch, claim.Holder), cancellationToken).ConfigureAwait(false);
        if (taken.AffectedRows != 1)
        {
            throw new TargetException($"{Name}: somebody else took it at the same moment. Only one Drainer of a cluster may apply to a target; it is tried again.", isTransient: true);
        }

        claim.Took(found.Epoch + 1);
        return found with { Epoch = found.Epoch + 1, Holder = claim.Holder };
    }, cancellationToken);

    /// <inheritdoc/>
    public Task WriteAsync(OutsideCheckpoint checkpoint, CancellationToken cancellationToken) => DoAsync("writing it", async session =>
    {
        MySqlOk written = await session.Connection.ExecuteAsync(_hasRow ? _table.Update(checkpoint) : _table.Insert(checkpoint), cancellationToken).ConfigureAwait(false);
        if (written.AffectedRows != 1)
        {
            OutsideCheckpoint? found = await ReadAsync(session, cancellationToken).ConfigureAwait(false);
            throw TargetClaim.Fenced(Name, checkpoint.Epoch, found?.Epoch ?? 0, found?.Holder ?? "", found?.Checkpoint.CommitTs ?? 0);
        }

        _hasRow = true;
        return true;
    }, cancellationToken);

    /// <inheritdoc/>
    public Task<OriginalCheckpoint?> FindOriginalAsync(CancellationToken cancellationToken) => DoAsync(
        "looking for the checkpoint of TiDB Binlog",
        session => OriginalTable.FindAsync(session.Connection, database, clusterId, session.Name, cancellationToken),
        cancellationToken);

    /// <inheritdoc/>
    public string SkipAdvice(Checkpoint to) => $"at {MySqlSession.AddressOf(options)}: {_table.SkipAdvice(to)}";

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_session is { } session)
        {
            _session = null;
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<MySqlSession> OpenAsync(CancellationToken cancellationToken)
    {
        MySqlSession session = await MySqlSession.OpenAsync(options with { CommandTimeout = CommandTimeout }, null, cancellationToken).ConfigureAwait(false);
        try
        {
            await session.Connection.ExecuteAsync("SET SESSION autocommit=1", cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<OutsideCheckpoint?> ReadAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        MySqlRowReader row = await session.Connection.QueryAsync(_table.Select, cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            return await row.ReadAsync(cancellationToken).ConfigureAwait(false) ? _table.Read(row, Name) : null;
        }
    }

    /// <summary>A session that was idle for long may have been ended by the server; it is opened again before a statement, never in the middle of one.</summary>
    private async Task<T> DoAsync<T>(string doing, Func<MySqlSession, Task<T>> action, CancellationToken cancellationToken)
    {
        try
        {
            if (_session is { Connection.IsOpen: false })
            {
                await DisposeAsync().ConfigureAwait(false);
            }

            _session ??= await OpenAsync(cancellationToken).ConfigureAwait(false);
            return await action(_session).ConfigureAwait(false);
        }
        catch (MySqlException error)
        {
            TargetException explained = MySqlErrors.Explain(string.Create(CultureInfo.InvariantCulture, $"{Name}"), doing, error);
            throw error.IsConnectionLost
                ? new TargetException(explained.Message, isTransient: true, error)
                : explained;
        }
    }
}
