using Binlog.Service.Configuration;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.Bench;

/// <summary>Options of <c>bench apply</c>.</summary>
internal sealed record BenchApplyOptions
{
    public const int DefaultTransactions = 100_000;

    /// <summary>The target; null is a temporary SQLite file.</summary>
    public DownstreamUrl? Downstream { get; init; }

    public int Transactions { get; init; } = DefaultTransactions;

    /// <summary>Rows of a transaction.</summary>
    public int Rows { get; init; } = 1;

    /// <summary>What the Drainer promises to readers of the target.</summary>
    public ApplyConsistency Consistency { get; init; } = ApplySettings.Consistency.Default;

    /// <summary>Transactions of the target under way at a time.</summary>
    public int Workers { get; init; } = (int)ApplySettings.Workers.Default;

    public bool Json { get; init; }
}
