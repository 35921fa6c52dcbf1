using Binlog.Service.Configuration;

namespace Binlog.Service.Commands.Transactions;

/// <summary>Options of <c>transactions list</c>.</summary>
internal sealed record TransactionsListOptions
{
    /// <summary>Default of <see cref="Limit"/>.</summary>
    public const int DefaultLimit = 100;

    /// <summary>A running Pump.</summary>
    public required HostPort Pump { get; init; }

    /// <summary>How many transactions at most.</summary>
    public int Limit { get; init; } = DefaultLimit;

    public bool Json { get; init; }
}
