namespace Binlog.Cluster.TiKv;

/// <summary>Why a request to TiKV is sent again later: each reason has its own pace.</summary>
internal enum BackoffKind
{
    /// <summary>What was believed about a region was wrong; the right answer is known or can be asked for at once.</summary>
    Region,

    /// <summary>A region has no leader, or is not ready after a change.</summary>
    Election,

    /// <summary>A store does not answer.</summary>
    Connection,

    /// <summary>A store has too much to do, or no space.</summary>
    Busy,

    /// <summary>A key is locked by a transaction that is alive.</summary>
    Lock,
}
