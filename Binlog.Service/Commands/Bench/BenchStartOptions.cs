namespace Binlog.Service.Commands.Bench;

/// <summary>Options of <c>bench start</c>.</summary>
internal sealed record BenchStartOptions
{
    public const int DefaultTransactions = 500_000;
    public const int DefaultRounds = 5;

    /// <summary>Transactions in the store, two binlogs each.</summary>
    public int Transactions { get; init; } = DefaultTransactions;

    /// <summary>Starts of each kind; the median counts.</summary>
    public int Rounds { get; init; } = DefaultRounds;

    public bool Json { get; init; }
}
