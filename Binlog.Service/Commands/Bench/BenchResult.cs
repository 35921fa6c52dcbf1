namespace Binlog.Service.Commands.Bench;

/// <summary>What a benchmark measured. A figure that it doesn't measure is null.</summary>
internal sealed record BenchResult
{
    /// <summary>Transactions in the measured time.</summary>
    public required long Transactions { get; init; }

    /// <summary>Row changes in the measured time.</summary>
    public required long Rows { get; init; }

    /// <summary>Bytes of binlogs in the measured time.</summary>
    public required long Bytes { get; init; }

    /// <summary>The measured time.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>What <see cref="Latency"/> is of, for the table.</summary>
    public string LatencyOf { get; init; } = "call";

    /// <summary>Latency of calls, or of what <see cref="LatencyOf"/> says.</summary>
    public LatencyHistogram? Latency { get; init; }

    /// <summary>The servers' cost at the start of the measured time; null when they can't say.</summary>
    public ProcessUsage? UsageBefore { get; init; }

    /// <summary>The servers' cost at its end; null when they can't say.</summary>
    public ProcessUsage? UsageAfter { get; init; }

    public double TransactionsPerSecond => Transactions / Elapsed.TotalSeconds;

    public double RowsPerSecond => Rows / Elapsed.TotalSeconds;

    /// <summary>In units of 1,000,000 bytes.</summary>
    public double MegabytesPerSecond => Bytes / 1e6 / Elapsed.TotalSeconds;

    public double? P50Ms => Latency?.Percentile(0.50)?.TotalMilliseconds;

    public double? P99Ms => Latency?.Percentile(0.99)?.TotalMilliseconds;

    public double? MaxMs => Latency?.Percentile(1)?.TotalMilliseconds;

    public double? ServerCpuMicrosPerTransaction => UsageBefore is { } before && UsageAfter is { } after && Transactions > 0
        ? (double)(after.CpuMicroseconds - before.CpuMicroseconds) / Transactions
        : null;

    /// <summary>Resident memory of the servers at the end, in MiB.</summary>
    public double? ServerRssMiB => UsageAfter?.ResidentBytes / (1024.0 * 1024.0);
}
