using Binlog.Cluster.Contracts.Meta;
using Binlog.Cluster.Pd;
using Binlog.ClusterKit.Regions;

namespace Binlog.Cluster.Tests.Regions;

public sealed class RegionTableTests
{
    private readonly RegionTable _table = new();

    [Fact]
    public void FindRegion_WithoutStores_HasNone() => Assert.Null(_table.FindRegion("m"u8));

    [Fact]
    public void AddStore_First_LeadsOneRegionOfAllKeys()
    {
        ulong store = _table.AddStore("127.0.0.1:1");

        RegionLocation region = Assert.Single(_table.Regions);
        Assert.Equal(("", ""), (region.Region.StartKey.ToStringUtf8(), region.Region.EndKey.ToStringUtf8()));
        Assert.Equal(store, region.Leader!.StoreId);
        Assert.Equal(region.Leader, Assert.Single(region.Region.Peers));
    }

    [Fact]
    public void Split_AtAKey_LeavesTheUpperPartTheOldId()
    {
        _table.AddStore("127.0.0.1:1");
        ulong second = _table.AddStore("127.0.0.1:2");
        Region before = _table.FindRegion("m"u8)!.Region;
        _table.MoveLeader(before.Id, second);

        RegionLocation lower = _table.Split([.. "m"u8]);

        Region upper = _table.FindRegion("m"u8)!.Region;
        Assert.Equal(before.Id, upper.Id);
        Assert.Equal(before.RegionEpoch.Version + 1, upper.RegionEpoch.Version);
        Assert.Equal(upper.RegionEpoch, lower.Region.RegionEpoch);
        Assert.Equal(lower, _table.FindRegion("lz"u8));
        Assert.Equal(second, lower.Leader!.StoreId);
        Assert.Empty(lower.Region.Peers.Select(peer => peer.Id).Intersect(upper.Peers.Select(peer => peer.Id)));
        Assert.Throws<ArgumentException>(() => _table.Split([.. "m"u8]));
        Assert.Throws<ArgumentException>(() => _table.Split([]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Merge_OfNeighbours_LeavesTheTarget(bool intoUpper)
    {
        _table.AddStore("127.0.0.1:1");
        ulong upper = _table.Regions[0].Region.Id;
        ulong lower = _table.Split([.. "m"u8]).Region.Id;
        (ulong source, ulong target) = intoUpper ? (lower, upper) : (upper, lower);

        _table.Merge(source, target);

        Region region = Assert.Single(_table.Regions).Region;
        Assert.Equal((target, 0, 0), (region.Id, region.StartKey.Length, region.EndKey.Length));
        Assert.Equal(3ul, region.RegionEpoch.Version);
        Assert.Null(_table.FindRegionById(source));
        Assert.Throws<ArgumentException>(() => _table.Merge(target, target));
    }

    [Fact]
    public void LoseLeader_OfARegion_LeavesItWithoutOne()
    {
        _table.AddStore("127.0.0.1:1");
        ulong region = _table.Regions[0].Region.Id;

        _table.LoseLeader(region);

        Assert.Null(_table.FindRegionById(region)!.Leader);
    }

    [Fact]
    public void Copy_OfATable_IsNotChangedWithIt()
    {
        ulong store = _table.AddStore("127.0.0.1:1");
        RegionTable copy = _table.Copy();

        _table.Split([.. "m"u8]);
        _table.SetStoreAddress(store, "127.0.0.1:2");
        _table.SetStoreState(store, StoreState.Tombstone);

        Assert.Single(copy.Regions);
        Assert.Equal(("127.0.0.1:1", StoreState.Up), (copy.FindStore(store)!.Address, copy.FindStore(store)!.State));
        Assert.Equal(("127.0.0.1:2", StoreState.Tombstone), (_table.Stores[0].Address, _table.Stores[0].State));
    }
}
