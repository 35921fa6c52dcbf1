using System.Collections.Concurrent;
using Binlog.Cluster.Contracts.Meta;
using Binlog.Cluster.Pd;

namespace Binlog.Cluster.TiKv;

/// <summary>
/// What has been learnt about regions and stores, from PD and from stores' refusals. It may be out of date: a store checks every request. Thread-safe.
/// </summary>
internal sealed class RegionCache(IRegionSource source)
{
    private const int MaxRegions = 10_000;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<ulong, string> _addresses = new();

    // By first key, without overlaps.
    private readonly List<CachedRegion> _regions = [];

    /// <summary>The region of a key.</summary>
    /// <param name="key">The key in the memcomparable form.</param>
    /// <param name="cancellationToken">Ends the question to PD.</param>
    /// <returns>The region; null when PD has none at present, or one without peers.</returns>
    /// <exception cref="ClusterException">PD can't be asked.</exception>
    public async ValueTask<CachedRegion?> FindAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken)
    {
        if (Find(key.Span) is { } known)
        {
            return known;
        }

        RegionLocation? location = await source.FindRegionAsync(key, cancellationToken).ConfigureAwait(false);
        if ((location?.Leader ?? location?.Region.Peers.FirstOrDefault()) is not { } target)
        {
            return null;
        }

        var found = new CachedRegion(location!.Region, target);
        Put(found);
        return found;
    }

    /// <summary>The address of a store; null when PD knows no such store, or it is gone for good.</summary>
    /// <exception cref="ClusterException">PD can't be asked.</exception>
    public async ValueTask<string?> FindAddressAsync(ulong storeId, CancellationToken cancellationToken)
    {
        if (_addresses.TryGetValue(storeId, out string? address))
        {
            return address;
        }

        Store? store = await source.FindStoreAsync(storeId, cancellationToken).ConfigureAwait(false);
        return store is null || store.State == StoreState.Tombstone ? null : _addresses[storeId] = store.Address;
    }

    /// <summary>Takes a region out, so that PD is asked for it.</summary>
    public void Forget(CachedRegion region)
    {
        lock (_lock)
        {
            _regions.RemoveAll(other => other.Region.Id == region.Region.Id);
        }
    }

    /// <summary>Forgets where a store is, and has PD asked anew.</summary>
    public void ForgetStore(ulong storeId)
    {
        _addresses.TryRemove(storeId, out _);
        source.ForgetStore(storeId);
    }

    /// <summary>Sends to another peer from now on, which the region's own store has named.</summary>
    public void MoveTo(CachedRegion region, Peer leader)
    {
        // A leader that isn't among the known peers came with a newer epoch.
        if (region.Region.Peers.All(peer => peer.Id != leader.Id))
        {
            Forget(region);
            return;
        }

        Put(region with { Target = leader, Failures = 0 });
    }

    /// <summary>Sends to the next peer after the present one failed; when all have, PD is to be asked again.</summary>
    public void MoveOn(CachedRegion region)
    {
        List<Peer> peers = [.. region.Region.Peers.Where(peer => peer.Role != PeerRole.Learner && !peer.IsWitness)];
        int next = peers.FindIndex(peer => peer.Id == region.Target.Id) + 1;
        if (region.Failures + 1 >= peers.Count)
        {
            Forget(region);
            return;
        }

        Put(region with { Target = peers[next % peers.Count], Failures = region.Failures + 1 });
    }

    /// <summary>Takes over what a store says has become of a region. A store is its own best guess for a leader.</summary>
    public void Replace(CachedRegion old, IEnumerable<Region> current)
    {
        Forget(old);
        foreach (Region region in current)
        {
            if (region.Peers.FirstOrDefault(peer => peer.StoreId == old.Target.StoreId) is { } peer)
            {
                Put(new CachedRegion(region, peer));
            }
        }
    }

    private CachedRegion? Find(ReadOnlySpan<byte> key)
    {
        lock (_lock)
        {
            int index = IndexOf(key);
            return index >= 0 && _regions[index].Contains(key) ? _regions[index] : null;
        }
    }

    private void Put(CachedRegion region)
    {
        lock (_lock)
        {
            if (_regions.Count >= MaxRegions)
            {
                _regions.Clear();
            }

            _regions.RemoveAll(other => other.Region.Id == region.Region.Id || Overlap(other, region));
            _regions.Insert(IndexOf(region.Start) + 1, region);
        }
    }

    private static bool Overlap(CachedRegion left, CachedRegion right) =>
        (left.End.IsEmpty || left.End.SequenceCompareTo(right.Start) > 0) && (right.End.IsEmpty || right.End.SequenceCompareTo(left.Start) > 0);

    // The last region whose first key isn't above the key.
    private int IndexOf(ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = _regions.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_regions[middle].Start.SequenceCompareTo(key) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }
}
