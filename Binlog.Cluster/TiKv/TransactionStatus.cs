using Binlog.Cluster.Contracts.TiKv;

namespace Binlog.Cluster.TiKv;

/// <summary>What TiKV says of a transaction when it is asked at its primary key.</summary>
/// <param name="LockTtl">Milliseconds of life that its lock has from its start on; above 0: it is alive.</param>
/// <param name="CommitTs">Its commit TS; 0 unless it was committed.</param>
/// <param name="Action">What TiKV did to it.</param>
internal readonly record struct TransactionStatus(ulong LockTtl, ulong CommitTs, TransactionAction Action)
{
    /// <summary>There is neither a lock nor a record of it, and it was asked not to make one.</summary>
    public bool IsUnknown { get; init; }

    /// <summary>The primary key that its lock names, when the key that was asked isn't that; null otherwise.</summary>
    public ReadOnlyMemory<byte>? OtherPrimary { get; init; }

    /// <summary>Its lock is one of async commit, which TiKV doesn't end however old it is.</summary>
    public bool IsAsyncCommit { get; init; }

    /// <summary>Whether it is neither committed nor rolled back.</summary>
    public bool IsAlive => LockTtl > 0;
}
