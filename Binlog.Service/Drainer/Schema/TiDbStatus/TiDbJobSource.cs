namespace Binlog.Service.Drainer.Schema.TiDbStatus;

/// <summary>
/// DDL jobs from TiDB's status port, where TiKV is out of reach. Jobs come newest first, so what is new is found without reading all again; a job that ran while
/// more than a page of others ended is found when its binlog names it.
/// </summary>
internal sealed class TiDbJobSource(TiDbStatusClient client) : IDdlJobSource, IDisposable
{
    /// <inheritdoc />
    public string Name => client.Name;

    /// <inheritdoc />
    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadMissingAsync(Func<long, bool> isKnown, Func<long, bool> isOld, CancellationToken cancellationToken) => client.ReadAsync(isKnown, isOld, cancellationToken);

    /// <inheritdoc />
    public Task<ReadOnlyMemory<byte>?> FindAsync(long jobId, CancellationToken cancellationToken) => client.FindAsync(jobId, cancellationToken);

    /// <inheritdoc />
    public void Dispose() => client.Dispose();
}
