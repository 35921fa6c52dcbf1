using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Pump.Storage.Checkpointing;

/// <summary>How far the log had been sorted, and everything needed to go on from there with the index.</summary>
internal sealed record StoreCheckpoint
{
    /// <summary>The log that was sorted.</summary>
    public required Guid LogId { get; init; }

    /// <summary>Where the last sorted record is.</summary>
    public required LogPosition LastRecord { get; init; }

    /// <summary>Its end, where sorting goes on.</summary>
    public required LogPosition End { get; init; }

    /// <summary>Its sequence number.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>Its tag.</summary>
    public required RecordTag Tag { get; init; }

    /// <summary>What repairs had taken out of the log.</summary>
    public required IReadOnlyList<SegmentGaps> Gaps { get; init; }

    /// <summary>Number of the first block of the index that was not full.</summary>
    public required long Blocks { get; init; }

    /// <summary>The entries of that block.</summary>
    public required IReadOnlyList<PackedTransaction> Unfinished { get; init; }

    /// <summary>The sorter.</summary>
    public required SorterState Sorter { get; init; }
}
