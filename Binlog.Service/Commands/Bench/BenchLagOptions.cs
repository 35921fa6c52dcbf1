using Binlog.Service.Configuration;

namespace Binlog.Service.Commands.Bench;

/// <summary>The command line of <c>bench lag</c>.</summary>
internal sealed record BenchLagOptions
{
    public const int DefaultPumps = 3;
    public const int DefaultRate = 2;
    public const int DefaultSeconds = 30;

    /// <summary>The target; null is a temporary SQLite file.</summary>
    public DownstreamUrl? Downstream { get; init; }

    /// <summary>Pumps of the cluster, one of which is written to.</summary>
    public int Pumps { get; init; } = DefaultPumps;

    /// <summary>Transactions per second, on average.</summary>
    public int Rate { get; init; } = DefaultRate;

    /// <summary>How long to measure, in seconds.</summary>
    public int Seconds { get; init; } = DefaultSeconds;

    /// <summary>One JSON object instead of a table.</summary>
    public bool Json { get; init; }
}
