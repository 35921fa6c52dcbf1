using Binlog.Cluster.Contracts.TiKv;

namespace Binlog.ClusterKit.TiKv;

/// <summary>A lock of the double's data.</summary>
/// <param name="StartTs">Its transaction.</param>
/// <param name="Primary">The transaction's primary key.</param>
/// <param name="TtlMilliseconds">How long it lives from its start TS on.</param>
/// <param name="Type">Put, Del, Lock or PessimisticLock.</param>
internal sealed record StoredLock(ulong StartTs, byte[] Primary, ulong TtlMilliseconds, Op Type = Op.Put)
{
    /// <summary>What a Put will make the key's value.</summary>
    public byte[] Value { get; init; } = [];

    /// <summary>The smallest commit TS; 0: of a transaction that has none, and whose reads wait.</summary>
    public ulong MinCommitTs { get; init; }

    /// <summary>For-update TS; above 0 in a pessimistic transaction.</summary>
    public ulong ForUpdateTs { get; init; }

    /// <summary>How many keys the transaction is said to have in the region.</summary>
    public ulong TransactionSize { get; init; } = 1;

    /// <summary>It is one of async commit.</summary>
    public bool IsAsyncCommit { get; init; }
}
