using Binlog.Service.Configuration;
using Binlog.Service.Drainer.Memory;

namespace Binlog.Service.Drainer.Applying;

/// <summary>How upstream transactions are applied: how many share one downstream transaction, at most (a larger one goes alone), how many of those are under way, and what is promised.</summary>
internal sealed record ApplyLimits
{
    /// <summary>The highest <see cref="LargeBytes"/>: a longer binlog was never part of a group, whatever the limits were.</summary>
    public const int MostLargeBytes = 8 << 20;

    /// <summary>The limits that are configured, as far as the memory goes.</summary>
    public static ApplyLimits Of(DrainerOptions options) => new ApplyLimits
    {
        MemoryQuotaBytes = options.MemoryQuotaBytes,
        Transactions = options.Apply.BatchTransactions,
        Rows = options.Apply.BatchRows,
        Consistency = options.Apply.Consistency,
        SafeMode = options.Apply.SafeMode,
    }.WithWorkers(options.Apply.Workers);

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

    /// <summary>The Drainer's memory quota, of which workers and bytes are a part; null: there is none.</summary>
    public long? MemoryQuotaBytes { get; init; }

    /// <summary>Bytes of binlogs, as they came from the Pumps.</summary>
    public int Bytes { get; init; } = 4 << 20;

    /// <summary>A transaction whose binlog is longer than this is not read into memory, but applied in pieces of <see cref="Rows"/> and <see cref="Bytes"/>.</summary>
    public int LargeBytes { get; init; } = MostLargeBytes;

    /// <summary>Most memory for the rows of such a transaction that must not be executed in its order.</summary>
    public long HeldBytes { get; init; } = 64 << 20;

    /// <summary>The limits with another number of workers: with as many as the memory allows, and groups that fit into it.</summary>
    public ApplyLimits WithWorkers(int workers)
    {
        if (MemoryQuotaBytes is not { } quota)
        {
            return this with { Workers = workers };
        }

        DrainerMemory memory = DrainerMemory.Of(quota, workers);
        return this with { Workers = memory.ApplyGroups, Bytes = memory.ApplyGroup, LargeBytes = Math.Min(MostLargeBytes, 2 * memory.ApplyGroup), HeldBytes = quota / 8 };
    }
}
