using Binlog.Cluster.Contracts.Meta;
using Binlog.Cluster.Contracts.TiKv;
using Binlog.Cluster.Pd;
using Binlog.ClusterKit.Regions;

namespace Binlog.ClusterKit.TiKv;

/// <summary>What a store looks at before it does anything: whether it is meant, leads, and knows the region as the request does.</summary>
/// <remarks>Source: tikv/tikv, raftstore/src/store/util.rs (check_store_id, check_region_epoch, check_key_in_region) and fsm/peer.rs, pre_propose_raft_command.</remarks>
internal static class RegionChecks
{
    /// <summary>The refusal; null when the request is in order.</summary>
    /// <param name="regions">The truth.</param>
    /// <param name="storeId">The store that was asked.</param>
    /// <param name="context">What the request says.</param>
    /// <param name="keys">Keys of the request in the memcomparable form.</param>
    public static Error? Check(RegionTable regions, ulong storeId, Context? context, params IEnumerable<byte[]> keys)
    {
        if (context?.Peer is null || context.RegionEpoch is null)
        {
            return new Error { Message = "the request has no region epoch or peer" };
        }

        if (context.Peer.StoreId != storeId)
        {
            return new Error { Message = "to another store", StoreNotMatch = new StoreNotMatch { RequestStoreId = context.Peer.StoreId, ActualStoreId = storeId } };
        }

        if (regions.FindRegionById(context.RegionId) is not { } location || location.Region.Peers.FirstOrDefault(peer => peer.StoreId == storeId) is not { } own)
        {
            return new Error { Message = $"region {context.RegionId} not found", RegionNotFound = new RegionNotFound { RegionId = context.RegionId } };
        }

        if (location.Leader?.StoreId != storeId)
        {
            return new Error { Message = $"peer is not leader for region {context.RegionId}", NotLeader = new NotLeader { RegionId = context.RegionId, Leader = location.Leader } };
        }

        if (context.Peer.Id != own.Id)
        {
            return new Error { Message = "mismatch peer id", MismatchPeerId = new MismatchPeerId { RequestPeerId = context.Peer.Id, StorePeerId = own.Id } };
        }

        return CheckEpoch(regions, location, context.RegionEpoch) ?? CheckKeys(location.Region, keys);
    }

    private static Error? CheckEpoch(RegionTable regions, RegionLocation location, RegionEpoch epoch)
    {
        if (location.Region.RegionEpoch.Equals(epoch))
        {
            return null;
        }

        // The region itself and, as after a split, the one that now has what was before it.
        var answer = new EpochNotMatch { CurrentRegions = { location.Region } };
        int index = regions.Regions.ToList().FindIndex(other => other.Region.Id == location.Region.Id);
        if (index > 0 && epoch.Version < location.Region.RegionEpoch.Version)
        {
            answer.CurrentRegions.Add(regions.Regions[index - 1].Region);
        }

        return new Error { Message = $"current epoch of region {location.Region.Id} is {location.Region.RegionEpoch}", EpochNotMatch = answer };
    }

    private static Error? CheckKeys(Region region, IEnumerable<byte[]> keys)
    {
        foreach (byte[] key in keys)
        {
            if (key.AsSpan().SequenceCompareTo(region.StartKey.Span) < 0 || (!region.EndKey.IsEmpty && key.AsSpan().SequenceCompareTo(region.EndKey.Span) >= 0))
            {
                return new Error
                {
                    Message = "key not in region",
                    KeyNotInRegion = new KeyNotInRegion { Key = Google.Protobuf.ByteString.CopyFrom(key), RegionId = region.Id, StartKey = region.StartKey, EndKey = region.EndKey },
                };
            }
        }

        return null;
    }
}
