using Binlog.Service.Pump.Sorting;
using Binlog.Service.Signals;

namespace Binlog.Service.Pump.Storage;

/// <summary>How far the order is, for those who wait for it. One writer; reading is thread-safe.</summary>
internal sealed class OrderProgress(TimeProvider time)
{
    private readonly AdvanceSignal _advanced = new();
    private ulong _maxCommitTs;
    private ulong _maxSeenTs;
    private HeldOrder? _held;

    /// <summary>Everything at or below this commit TS is complete. Only grows.</summary>
    public ulong MaxCommitTs => Volatile.Read(ref _maxCommitTs);

    /// <summary>The greatest commit TS of any binlog.</summary>
    public ulong MaxSeenTs => Volatile.Read(ref _maxSeenTs);

    /// <summary>What the order waits for, or null.</summary>
    public HeldOrder? Held => Volatile.Read(ref _held);

    /// <summary>Says what the sorter stands at, and wakes those who wait. Writer only.</summary>
    /// <param name="sorter">The sorter.</param>
    /// <param name="maxCommitTs">Up to here everything that the sorter gave out is in the index.</param>
    public void Announce(CommitSorter sorter, ulong maxCommitTs)
    {
        Volatile.Write(ref _maxSeenTs, sorter.MaxSeenTs);
        Arrival? blocker = sorter.Blocker;
        if (blocker?.Position != _held?.Position)
        {
            Volatile.Write(ref _held, blocker is { } head ? new HeldOrder(head.StartTs, head.CommitTs, head.Kind, head.Position, time.GetUtcNow()) : null);
        }

        if (maxCommitTs > _maxCommitTs)
        {
            Volatile.Write(ref _maxCommitTs, maxCommitTs);
            _advanced.Pulse();
        }
    }

    /// <summary>Completes when the max commit TS is above <paramref name="commitTs"/>.</summary>
    public async ValueTask WaitForAdvanceAsync(ulong commitTs, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next = _advanced.Next;
            if (MaxCommitTs > commitTs)
            {
                return;
            }

            await next.WaitAsync(cancellationToken);
        }
    }
}
