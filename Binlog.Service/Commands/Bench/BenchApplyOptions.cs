using Binlog.Service.Configuration;

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

    public bool Json { get; init; }
}
