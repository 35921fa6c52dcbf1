using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Pump.Retention;

/// <summary>A Pump's store as retention sees it.</summary>
internal sealed class RetainedPumpStore(PumpStore store) : IRetainedStore
{
    /// <inheritdoc />
    public ulong MaxCommitTs => store.MaxCommitTs;

    /// <inheritdoc />
    public ulong OldestCommitTs => store.OldestCommitTs;

    /// <inheritdoc />
    public HeldOrder? Held => store.Held;

    /// <inheritdoc />
    public long Bytes => store.Bytes;

    /// <inheritdoc />
    public ulong? FindCommitTsForBytes(long keepBytes) => store.FindCommitTsForBytes(keepBytes);

    /// <inheritdoc />
    public async Task<RemovedBinlogs> RemoveUpToAsync(ulong commitTs, CancellationToken cancellationToken)
    {
        StoreRemoval removal = await store.RemoveUpToAsync(commitTs, cancellationToken);
        return new RemovedBinlogs(removal.Segments, removal.Bytes, removal.OldestCommitTs);
    }
}
