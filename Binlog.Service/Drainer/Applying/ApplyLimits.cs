using Binlog.Service.Configuration;
using Binlog.Service.Drainer.Memory;

namespace Binlog.Service.Drainer.Applying;

/// <summary>How many whole upstream transactions share one downstream transaction, at most (a larger one goes alone), and how many of those are under way.</summary>
internal sealed record ApplyLimits
{
    /// <summary>The limits that are configured, as far as the memory goes.</summary>
    public static ApplyLimits Of(DrainerOptions options)
    {
        DrainerMemory memory = DrainerMemory.Of(options.MemoryQuotaBytes, options.Apply.Workers);
        return new() { Workers = memory.ApplyGroups, Transactions = options.Apply.BatchTransactions, Rows = options.Apply.BatchRows, Bytes = memory.ApplyGroup };
    }

    /// <summary>Downstream transactions under way at a time, where the target allows several.</summary>
    public int Workers { get; init; } = 4;

    /// <summary>Upstream transactions.</summary>
    public int Transactions { get; init; } = 500;

    /// <summary>Rows.</summary>
    public int Rows { get; init; } = 2000;

    /// <summary>Bytes of binlogs, as they came from the Pumps.</summary>
    public int Bytes { get; init; } = 4 << 20;
}
