using Binlog.Service.Configuration;

namespace Binlog.Service.Commands.Transactions;

/// <summary>Options of <c>transactions decide</c>.</summary>
internal sealed record TransactionsDecideOptions
{
    /// <summary>A running Pump.</summary>
    public required HostPort Pump { get; init; }

    /// <summary>Start TS (TSO) of the transaction.</summary>
    public required ulong StartTs { get; init; }

    /// <summary>Its commit TS (TSO); null rolls it back.</summary>
    public ulong? CommitTs { get; init; }

    /// <summary>Who decides.</summary>
    public required string By { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>Don't ask.</summary>
    public bool Yes { get; init; }
}
