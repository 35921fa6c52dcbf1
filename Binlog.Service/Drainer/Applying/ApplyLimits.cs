using Binlog.Service.Configuration;

namespace Binlog.Service.Drainer.Applying;

/// <summary>How many whole upstream transactions share one downstream transaction, at most (a larger one goes alone), and how many of those are under way.</summary>
internal sealed record ApplyLimits
{
    /// <summary>The limits that are configured.</summary>
    public static ApplyLimits Of(ApplyOptions options) =>
        new() { Workers = options.Workers, Transactions = options.BatchTransactions, Rows = options.BatchRows };

    /// <summary>Downstream transactions under way at a time, where the target allows several.</summary>
    public int Workers { get; init; } = 4;

    /// <summary>Upstream transactions.</summary>
    public int Transactions { get; init; } = 500;

    /// <summary>Rows.</summary>
    public int Rows { get; init; } = 2000;

    /// <summary>Bytes of decoded binlogs.</summary>
    public int Bytes { get; init; } = 4 << 20;

    /// <summary>A transaction whose binlog is longer than this is not read into memory, but applied in pieces of <see cref="Rows"/> and <see cref="Bytes"/>.</summary>
    public int LargeBytes { get; init; } = 8 << 20;

    /// <summary>Most memory for the rows of such a transaction that must not be executed in its order.</summary>
    public long HeldBytes { get; init; } = 64 << 20;
}
