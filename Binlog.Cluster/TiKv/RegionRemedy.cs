namespace Binlog.Cluster.TiKv;

/// <summary>What to do about a store's refusal before the request is sent again.</summary>
internal enum RegionRemedy
{
    /// <summary>Nothing: the same request to the same store.</summary>
    Wait,

    /// <summary>Send to the leader that the store names, or to the next peer when it names none.</summary>
    FollowLeader,

    /// <summary>Send to the next peer.</summary>
    TryNextPeer,

    /// <summary>Take over the regions that the store names.</summary>
    ReplaceRegion,

    /// <summary>Ask PD for the region.</summary>
    ForgetRegion,

    /// <summary>Ask PD for the region and for the store's address.</summary>
    ForgetStore,

    /// <summary>Nothing helps.</summary>
    GiveUp,
}
