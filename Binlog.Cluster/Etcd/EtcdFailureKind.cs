namespace Binlog.Cluster.Etcd;

/// <summary>What a failed call means for the caller.</summary>
internal enum EtcdFailureKind
{
    /// <summary>etcd has looked at it and says no: asking again, or another member, gives the same.</summary>
    Refused,

    /// <summary>The token is not valid any more; nothing was done.</summary>
    TokenInvalid,

    /// <summary>The member can't be reached or has no leader; nothing was done.</summary>
    NotDone,

    /// <summary>No answer came: it may have been done, may be done yet, or never.</summary>
    Unknown,
}
