using Binlog.Cluster.Contracts.Meta;
using Binlog.Cluster.Contracts.Pd;
using Google.Protobuf;

namespace Binlog.Cluster.Tests.Pd;

/// <summary>The bytes of every message, made by hand from the public definitions (pingcap/kvproto, pdpb.proto and metapb.proto).</summary>
public sealed class PdWireTests
{
    // Field 1, 2 bytes: cluster_id (1) = 5. The same for requests and answers.
    private const string Header = "0A 02  08 05";

    // name (1) = "a", member_id (2) = 7, peer_urls (3) = "p", client_urls (4) = "c": 11 bytes.
    private const string MemberBytes = "0A 01 61  10 07  1A 01 70  22 01 63";

    // id (1) = 4, address (2) = "s:1", state (3) = tombstone (2): 9 bytes.
    private const string StoreBytes = "08 04  12 03 73 3A 31  18 02";

    // id (1) = 9, start_key (2) = "a", end_key (3) = "b", region_epoch (4) = {conf_ver (1) = 1, version (2) = 2},
    // peers (5) = {id (1) = 10, store_id (2) = 4, role (3) = learner (1)}: 22 bytes.
    private const string RegionBytes = "08 09  12 01 61  1A 01 62  22 04 08 01 10 02  2A 06 08 0A 10 04 18 01";

    private static RequestHeader Request => new() { ClusterId = 5 };

    private static ResponseHeader Response => new() { ClusterId = 5 };

    private static Member OneMember => new() { Name = "a", MemberId = 7, PeerUrls = { "p" }, ClientUrls = { "c" } };

    private static Store OneStore => new() { Id = 4, Address = "s:1", State = StoreState.Tombstone };

    private static Region OneRegion => new()
    {
        Id = 9,
        StartKey = ByteString.CopyFromUtf8("a"),
        EndKey = ByteString.CopyFromUtf8("b"),
        RegionEpoch = new RegionEpoch { ConfVer = 1, Version = 2 },
        Peers = { new Peer { Id = 10, StoreId = 4, Role = PeerRole.Learner } },
    };

    [Fact]
    public void Service_Methods_AreThoseOfPd()
    {
        Assert.Equal("pdpb.PD", PD.Descriptor.FullName);
        Assert.Equal(
            ["GetAllStores", "GetGCSafePoint", "GetMembers", "GetRegion", "GetRegionByID", "GetStore", "Tso", "UpdateServiceGCSafePoint"],
            PD.Descriptor.Methods.Select(method => method.Name).Order());
    }

    [Fact]
    public void GetMembers_Bytes_AreThoseOfTheDefinition()
    {
        Check(new GetMembersRequest { Header = Request }, Header);
        Check(
            new GetMembersResponse { Header = Response, Members = { OneMember }, Leader = OneMember, EtcdLeader = new Member { MemberId = 7 } },
            Header,

            // members (2), leader (3), etcd_leader (4) = {member_id (2) = 7}
            "12 0B", MemberBytes, "1A 0B", MemberBytes, "22 02 10 07");
    }

    [Fact]
    public void GetMembers_OfANewerPd_IsReadWithoutWhatIsUnknown()
    {
        // Member: also leader_priority (5), deploy_path (6), binary_version (7), git_hash (8), dc_location (9). Response: also tso_allocator_leaders (5), a map.
        const string Newer = "28 01  32 01 64  3A 02 76 37  42 01 67  4A 01 7A";
        byte[] bytes = FromHex(Header, "12 1A", MemberBytes, Newer, "2A 07  0A 01 67  12 02 10 07");

        GetMembersResponse response = GetMembersResponse.Parser.ParseFrom(bytes);

        Member member = Assert.Single(response.Members);
        Assert.Equal(("a", 7ul, "c"), (member.Name, member.MemberId, Assert.Single(member.ClientUrls)));
        Assert.Null(response.Leader);
    }

    [Fact]
    public void ErrorHeader_Bytes_AreThoseOfTheDefinition() => Check(
        new ResponseHeader { ClusterId = 5, Error = new Error { Type = ErrorType.NotBootstrapped, Message = "x" } },

        // cluster_id (1), error (2) = {type (1) = NOT_BOOTSTRAPPED (2), message (2) = "x"}
        "08 05  12 05  08 02  12 01 78");

    [Theory]
    [InlineData(ErrorType.Ok, 0)]
    [InlineData(ErrorType.Unknown, 1)]
    [InlineData(ErrorType.NotBootstrapped, 2)]
    [InlineData(ErrorType.StoreTombstone, 3)]
    [InlineData(ErrorType.AlreadyBootstrapped, 4)]
    [InlineData(ErrorType.IncompatibleVersion, 5)]
    [InlineData(ErrorType.RegionNotFound, 6)]
    [InlineData(ErrorType.EntryNotFound, 9)]
    internal void ErrorType_Number_IsThatOfTheDefinition(ErrorType type, int number) => Assert.Equal(number, (int)type);

    [Fact]
    public void Tso_Bytes_AreThoseOfTheDefinition()
    {
        // count (2) = 300
        Check(new TsoRequest { Header = Request, Count = 300 }, Header, "10 AC 02");
        Check(
            new TsoResponse { Header = Response, Count = 300, Timestamp = new Timestamp { Physical = 449, Logical = 300, SuffixBits = 2 } },
            Header,

            // count (2) = 300, timestamp (3) = {physical (1) = 449, logical (2) = 300, suffix_bits (3) = 2}
            "10 AC 02", "1A 08  08 C1 03  10 AC 02  18 02");
    }

    [Fact]
    public void Stores_Bytes_AreThoseOfTheDefinition()
    {
        // store_id (2) = 4
        Check(new GetStoreRequest { Header = Request, StoreId = 4 }, Header, "10 04");

        // store (2)
        Check(new GetStoreResponse { Header = Response, Store = OneStore }, Header, "12 09", StoreBytes);

        // exclude_tombstone_stores (2) = true
        Check(new GetAllStoresRequest { Header = Request, ExcludeTombstoneStores = true }, Header, "10 01");

        // stores (2), twice
        Check(new GetAllStoresResponse { Header = Response, Stores = { OneStore, OneStore } }, Header, "12 09", StoreBytes, "12 09", StoreBytes);
    }

    [Fact]
    public void GetStore_OfARealPd_IsReadWithoutWhatIsUnknown()
    {
        // Store: also labels (4), version (5), status_address (7), last_heartbeat (11), node_state (13). Response: also stats (3).
        byte[] bytes = FromHex(Header, "12 16", "08 04  12 03 73 3A 31  22 02 0A 00  2A 02 76 37  3A 01 74  58 01  68 01", "1A 02 08 04");

        Store store = GetStoreResponse.Parser.ParseFrom(bytes).Store;

        Assert.Equal((4ul, "s:1", StoreState.Up), (store.Id, store.Address, store.State));
    }

    [Fact]
    public void Regions_Bytes_AreThoseOfTheDefinition()
    {
        // region_key (2)
        Check(new GetRegionRequest { Header = Request, RegionKey = ByteString.CopyFrom(0x7A, 0x01) }, Header, "12 02 7A 01");

        // region_id (2)
        Check(new GetRegionByIDRequest { Header = Request, RegionId = 9 }, Header, "10 09");

        // region (2), leader (3) = {id (1) = 10, store_id (2) = 4}
        Check(new GetRegionResponse { Header = Response, Region = OneRegion, Leader = new Peer { Id = 10, StoreId = 4 } }, Header, "12 16", RegionBytes, "1A 04  08 0A  10 04");
    }

    [Fact]
    public void SafePoints_Bytes_AreThoseOfTheDefinition()
    {
        Check(new GetGCSafePointRequest { Header = Request }, Header);

        // safe_point (2)
        Check(new GetGCSafePointResponse { Header = Response, SafePoint = 6 }, Header, "10 06");

        // service_id (2) = "d", TTL (3) = 300, safe_point (4) = 6
        Check(new UpdateServiceGCSafePointRequest { Header = Request, ServiceId = ByteString.CopyFromUtf8("d"), TTL = 300, SafePoint = 6 }, Header, "12 01 64", "18 AC 02", "20 06");

        // service_id (2) = "d", TTL (3) = -1, min_safe_point (4) = 6
        Check(
            new UpdateServiceGCSafePointResponse { Header = Response, ServiceId = ByteString.CopyFromUtf8("d"), TTL = -1, MinSafePoint = 6 },
            Header, "12 01 64", "18 FF FF FF FF FF FF FF FF FF 01", "20 06");
    }

    private static byte[] FromHex(params string[] parts) => Convert.FromHexString(string.Concat(parts).Replace(" ", "", StringComparison.Ordinal));

    private static void Check<T>(T message, params string[] parts)
        where T : IMessage<T>, new()
    {
        byte[] bytes = FromHex(parts);

        Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(message.ToByteArray()));
        Assert.Equal(message, new MessageParser<T>(() => new T()).ParseFrom(bytes));
    }
}
