using Binlog.Cluster.Contracts.Meta;
using Binlog.Cluster.Pd;
using Google.Protobuf;

namespace Binlog.ClusterKit.Regions;

/// <summary>
/// The regions and stores of a cluster's doubles: PD answers from it, and TiKV checks requests against it. The regions cover all keys without a
/// gap; every store has a peer of every region. What is returned is a copy. Thread-safe.
/// </summary>
internal sealed class RegionTable
{
    private readonly Lock _lock = new();
    private readonly List<Store> _stores = [];

    // In the order of their keys.
    private readonly List<Entry> _regions = [];
    private ulong _lastId;

    /// <summary>All regions in the order of their keys.</summary>
    public IReadOnlyList<RegionLocation> Regions
    {
        get
        {
            lock (_lock)
            {
                return [.. _regions.Select(region => region.ToLocation())];
            }
        }
    }

    /// <summary>All stores in the order in which they came, tombstones included.</summary>
    public IReadOnlyList<Store> Stores
    {
        get
        {
            lock (_lock)
            {
                return [.. _stores.Select(store => store.Clone())];
            }
        }
    }

    /// <summary>Adds a store, and a peer on it to every region. The first one makes the cluster: one region of all keys, led by it.</summary>
    /// <param name="address">Where it serves gRPC: <c>host:port</c>.</param>
    /// <returns>Its ID.</returns>
    public ulong AddStore(string address)
    {
        lock (_lock)
        {
            var store = new Store { Id = NextId(), Address = address, State = StoreState.Up };
            _stores.Add(store);
            if (_regions.Count == 0)
            {
                var region = new Region { Id = NextId(), RegionEpoch = new RegionEpoch { ConfVer = 1, Version = 1 } };
                region.Peers.Add(NewPeer(store.Id));
                _regions.Add(new Entry(region, store.Id));
                return store.Id;
            }

            foreach (Entry entry in _regions)
            {
                entry.Region.Peers.Add(NewPeer(store.Id));
                entry.Region.RegionEpoch.ConfVer++;
            }

            return store.Id;
        }
    }

    /// <summary>Changes where a store is, as after a move to another machine.</summary>
    public void SetStoreAddress(ulong storeId, string address)
    {
        lock (_lock)
        {
            StoreOf(storeId).Address = address;
        }
    }

    /// <summary>Changes a store's state. Peers stay where they are.</summary>
    public void SetStoreState(ulong storeId, StoreState state)
    {
        lock (_lock)
        {
            StoreOf(storeId).State = state;
        }
    }

    /// <summary>A store; null when there is none with this ID.</summary>
    public Store? FindStore(ulong storeId)
    {
        lock (_lock)
        {
            return _stores.Find(store => store.Id == storeId)?.Clone();
        }
    }

    /// <summary>The region of a key in the memcomparable form; null in a cluster without stores.</summary>
    public RegionLocation? FindRegion(ReadOnlySpan<byte> key)
    {
        lock (_lock)
        {
            int index = IndexOf(key);
            return index < 0 ? null : _regions[index].ToLocation();
        }
    }

    /// <summary>A region by its ID; null when there is none, as after it was merged into another one.</summary>
    public RegionLocation? FindRegionById(ulong regionId)
    {
        lock (_lock)
        {
            return _regions.Find(entry => entry.Region.Id == regionId)?.ToLocation();
        }
    }

    /// <summary>Splits the region of a key as TiKV does: a new region takes what is below the key, the old one keeps its ID and the key.</summary>
    /// <param name="key">The first key of the upper part, in the memcomparable form. Must not be a region's first key.</param>
    /// <returns>The new region.</returns>
    public RegionLocation Split(byte[] key)
    {
        lock (_lock)
        {
            int index = IndexOf(key);
            if (index < 0 || key.AsSpan().SequenceEqual(_regions[index].Region.StartKey.Span))
            {
                throw new ArgumentException($"No region can be split at {Convert.ToHexString(key)}: it is empty, the first key of a region, or there are no regions.", nameof(key));
            }

            Entry upper = _regions[index];
            upper.Region.RegionEpoch.Version++;
            Region lower = upper.Region.Clone();
            lower.Id = NextId();
            lower.EndKey = upper.Region.StartKey = ByteString.CopyFrom(key);
            foreach (Peer peer in lower.Peers)
            {
                peer.Id = NextId();
            }

            var entry = new Entry(lower, upper.LeaderStore);
            _regions.Insert(index, entry);
            return entry.ToLocation();
        }
    }

    /// <summary>Merges a region into one of its two neighbours, which keeps its ID.</summary>
    public void Merge(ulong regionId, ulong intoRegionId)
    {
        lock (_lock)
        {
            Entry source = RegionOf(regionId);
            Entry target = RegionOf(intoRegionId);
            int distance = _regions.IndexOf(target) - _regions.IndexOf(source);
            if (Math.Abs(distance) != 1)
            {
                throw new ArgumentException($"Region {regionId} is no neighbour of region {intoRegionId}.", nameof(intoRegionId));
            }

            if (distance > 0)
            {
                target.Region.StartKey = source.Region.StartKey;
            }
            else
            {
                target.Region.EndKey = source.Region.EndKey;
            }

            target.Region.RegionEpoch.Version = Math.Max(source.Region.RegionEpoch.Version, target.Region.RegionEpoch.Version) + 1;
            _regions.Remove(source);
        }
    }

    /// <summary>Makes a store's peer the leader of a region. The epoch stays.</summary>
    public void MoveLeader(ulong regionId, ulong storeId)
    {
        lock (_lock)
        {
            _ = StoreOf(storeId);
            RegionOf(regionId).LeaderStore = storeId;
        }
    }

    /// <summary>Leaves a region without a leader, as during an election.</summary>
    public void LoseLeader(ulong regionId)
    {
        lock (_lock)
        {
            RegionOf(regionId).LeaderStore = null;
        }
    }

    /// <summary>A table of its own with the same contents: what PD knows while it hasn't heard of later changes.</summary>
    public RegionTable Copy()
    {
        lock (_lock)
        {
            var copy = new RegionTable { _lastId = _lastId };
            copy._stores.AddRange(_stores.Select(store => store.Clone()));
            copy._regions.AddRange(_regions.Select(entry => new Entry(entry.Region.Clone(), entry.LeaderStore)));
            return copy;
        }
    }

    private ulong NextId() => ++_lastId;

    private Peer NewPeer(ulong storeId) => new() { Id = NextId(), StoreId = storeId };

    private Store StoreOf(ulong storeId) => _stores.Find(store => store.Id == storeId) ?? throw new ArgumentException($"There is no store {storeId}.", nameof(storeId));

    private Entry RegionOf(ulong regionId) => _regions.Find(entry => entry.Region.Id == regionId) ?? throw new ArgumentException($"There is no region {regionId}.", nameof(regionId));

    // The last region whose first key isn't above the key; regions leave no gap, so it has the key.
    private int IndexOf(ReadOnlySpan<byte> key)
    {
        int index = _regions.Count - 1;
        while (index >= 0 && _regions[index].Region.StartKey.Span.SequenceCompareTo(key) > 0)
        {
            index--;
        }

        return index;
    }

    private sealed class Entry(Region region, ulong? leaderStore)
    {
        public Region Region => region;

        public ulong? LeaderStore { get; set; } = leaderStore;

        public RegionLocation ToLocation()
        {
            Region copy = region.Clone();
            return new RegionLocation(copy, copy.Peers.FirstOrDefault(peer => peer.StoreId == LeaderStore)?.Clone());
        }
    }
}
