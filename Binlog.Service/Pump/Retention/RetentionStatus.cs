using Binlog.Service.Configuration;
using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Pump.Retention;

/// <summary>What a Pump keeps, how much room is left and who holds it up, at one moment. Source of <c>GET /retention</c>, the metrics and the status.</summary>
internal sealed record RetentionStatus
{
    /// <summary>Bytes on disk, log and index.</summary>
    public required long Bytes { get; init; }

    /// <summary>Pulls from below this commit TS are refused; 0 as long as nothing was removed.</summary>
    public required ulong OldestCommitTs { get; init; }

    /// <summary>The Pump's max commit TS.</summary>
    public required ulong MaxCommitTs { get; init; }

    /// <summary>What the order has been waiting for too long, so that the max commit TS stands still; null when it isn't.</summary>
    public HeldOrder? Held { get; init; }

    /// <summary>The limits have asked for the removal up to here; more than <see cref="OldestCommitTs"/> while something is held back or shares a segment with later binlogs.</summary>
    public required ulong WantedCommitTs { get; init; }

    /// <summary>The limits.</summary>
    public required RetentionOptions Limits { get; init; }

    /// <summary>The disk.</summary>
    public required DiskReading Disk { get; init; }

    /// <summary>Writes refused for want of space since the start.</summary>
    public required long RefusedWrites { get; init; }

    /// <summary>How fast the store grows; null in the first minute.</summary>
    public required GrowthRate? Growth { get; init; }

    /// <summary>The Drainers that need binlogs, the furthest behind first.</summary>
    public required IReadOnlyList<DrainerLag> Drainers { get; init; }

    /// <summary>Why the registry doesn't say how far the Drainers are; null when it does.</summary>
    public required string? DrainersFailure { get; init; }

    /// <summary>How often each Drainer was in danger of missing binlogs, by node ID, once in ten minutes.</summary>
    public required IReadOnlyDictionary<string, long> EndangeredCounts { get; init; }

    /// <summary>Totals since the start.</summary>
    public required RetentionCounts Counts { get; init; }

    /// <summary>The latest pass; null before the first.</summary>
    public required PassOutcome? LastPass { get; init; }

    /// <summary>Hours until the disk is full at the present rate; null when the store does not grow or the disk is not known.</summary>
    public double? HoursUntilFull => HoursUntil(0);

    /// <summary>Hours until writes are refused at the present rate; null when that never happens or the store does not grow.</summary>
    public double? HoursUntilStopWrite => Disk.StopWriteAtBytes > 0 ? HoursUntil(Disk.StopWriteAtBytes) : null;

    /// <summary>Everything that needs somebody's attention, the worst first; null when all is well.</summary>
    public string? Problem => Problems.ToArray() is { Length: > 0 } problems ? string.Join("; ", problems) : null;

    private IEnumerable<string> Problems
    {
        get
        {
            if (Disk.State == DiskState.Full)
            {
                yield return $"writes are refused: {Disk.Space.AvailableBytes} bytes are left on the disk, pump.stopWriteAtAvailableSpace is {Disk.StopWriteAtBytes}{HeldBack}";
            }
            else if (Disk.State == DiskState.Low)
            {
                yield return $"disk space is low: {Disk.Space.AvailableBytes} bytes are left, pump.warnAtAvailableSpace is {Disk.WarnAtBytes}{HeldBack}";
            }

            if (Held is { } held)
            {
                yield return $"waits for {held.Missing}, since {held.Since.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}: nothing behind it can be pulled, and no binlog gets old";
            }

            if (LastPass?.Error is { } error)
            {
                yield return $"old binlogs can't be removed: {error}";
            }

            if (Drainers.FirstOrDefault(lag => lag.IsTooLate) is { } late)
            {
                yield return $"the Drainer {late.Drainer.NodeId} at commit TS {late.Drainer.CommitTs} misses binlogs, which have been removed up to {OldestCommitTs}";
            }
        }
    }

    private string HeldBack => Limits.Drainers == NeededBinlogs.Keep && Drainers.MaxBy(lag => lag.HeldBackBytes) is { HeldBackBytes: > 0 } lag
        ? $"; the Drainer {lag.Drainer.NodeId} holds back about {lag.HeldBackBytes} bytes"
        : "";

    private double? HoursUntil(long left) => Disk.State == DiskState.Unknown ? null : Growth?.HoursUntil(Disk.Space.AvailableBytes - left);
}
