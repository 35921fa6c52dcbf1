using Binlog.TiDB;

namespace Binlog.Service.Drainer.Explaining;

/// <summary>Where a Drainer is, and what holds it back.</summary>
internal sealed record LagReport
{
    /// <summary>When this was so.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Commit TS up to which every Pump has been pulled; null without a Pump.</summary>
    public required ulong? PulledTs { get; init; }

    /// <summary>Commit TS up to which binlogs are merged.</summary>
    public required ulong MergedTs { get; init; }

    /// <summary>Commit TS up to which the relay log is flushed.</summary>
    public required ulong RelayedTs { get; init; }

    /// <summary>Commit TS up to which the target has everything.</summary>
    public required ulong AppliedTs { get; init; }

    /// <summary>Bytes that are flushed and not applied.</summary>
    public required long BacklogBytes { get; init; }

    /// <summary>Records that are flushed and not applied.</summary>
    public required ulong BacklogRecords { get; init; }

    /// <summary>How fast the last seconds' work was.</summary>
    public required ApplyRate Rate { get; init; }

    /// <summary>What holds the Drainer back, the main reason first; never empty.</summary>
    public IReadOnlyList<LagReason> Reasons { get; init; } = [];

    /// <summary>How far a commit TS is behind the clock. The clock is this machine's: skew shows.</summary>
    public TimeSpan LagOf(ulong commitTs) => commitTs == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Max(0, Now.ToUnixTimeMilliseconds() - new Tso(commitTs).PhysicalMilliseconds));

    /// <summary>Seconds until everything in the relay log is applied at this rate; null when it isn't known.</summary>
    public double? SecondsToCatchUp => Rate.BytesPerSecond > 0 ? BacklogBytes / Rate.BytesPerSecond : null;
}
