using Binlog.Service.Configuration;

namespace Binlog.Service.Commands.Bench;

/// <summary>The command line of <c>bench first-row</c>.</summary>
internal sealed record BenchFirstRowOptions
{
    public const int DefaultTransactions = 1000;
    public const int DefaultRounds = 5;

    /// <summary>The target; null is a temporary SQLite file.</summary>
    public DownstreamUrl? Downstream { get; init; }

    /// <summary>Pumps of the cluster, one of which is written to.</summary>
    public int Pumps { get; init; } = BenchLagOptions.DefaultPumps;

    /// <summary>Transactions that wait at each start.</summary>
    public int Transactions { get; init; } = DefaultTransactions;

    /// <summary>Starts that are measured.</summary>
    public int Rounds { get; init; } = DefaultRounds;

    /// <summary>One JSON object instead of a table.</summary>
    public bool Json { get; init; }
}
