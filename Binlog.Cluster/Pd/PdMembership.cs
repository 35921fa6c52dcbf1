namespace Binlog.Cluster.Pd;

/// <summary>Who PD's members are and which of them leads, as one of them said.</summary>
/// <param name="ClusterId">The cluster; not 0.</param>
/// <param name="Members">All members.</param>
/// <param name="Leader">The one that serves requests, with at least one URL; null during an election.</param>
/// <param name="Source">The URL of the member that said so.</param>
internal sealed record PdMembership(ulong ClusterId, IReadOnlyList<PdMember> Members, PdMember? Leader, string Source)
{
    /// <summary>The leader's URL for an attempt; a leader with several URLs is tried at each of them in turn.</summary>
    public string LeaderUrl(int attempt) => Leader!.ClientUrls[attempt % Leader.ClientUrls.Count];
}
