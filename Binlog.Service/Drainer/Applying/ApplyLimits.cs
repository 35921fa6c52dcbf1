using Binlog.Service.Configuration;

namespace Binlog.Service.Drainer.Applying;

/// <summary>How upstream transactions are applied: how many share one downstream transaction, at most (a larger one goes alone), how many of those are under way, and what is promised.</summary>
internal sealed record ApplyLimits
{
    /// <summary>The limits that are configured.</summary>
    public static ApplyLimits Of(ApplyOptions options) =>
        new() { Workers = options.Workers, Transactions = options.BatchTransactions, Rows = options.BatchRows, Consistency = options.Consistency, SafeMode = options.SafeMode };

    /// <summary>Downstream transactions under way at a time, where the target allows several.</summary>
    public int Workers { get; init; } = 4;

    /// <summary>Upstream transactions.</summary>
    public int Transactions { get; init; } = 500;

    /// <summary>Rows.</summary>
    public int Rows { get; init; } = 2000;

    /// <summary>What a reader of the target may see.</summary>
    public ApplyConsistency Consistency { get; init; }

    /// <summary>Whether the target may hold rows already, or lack some.</summary>
    public bool SafeMode { get; init; }

    /// <summary>Bytes of decoded binlogs.</summary>
    public int Bytes { get; init; } = 4 << 20;
}
