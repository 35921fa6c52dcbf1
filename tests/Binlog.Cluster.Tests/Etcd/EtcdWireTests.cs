using Binlog.Cluster.Contracts.Etcd;
using Binlog.Cluster.Etcd;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Mvcc = Binlog.Cluster.Contracts.Etcd;

namespace Binlog.Cluster.Tests.Etcd;

/// <summary>
/// Bytes made by hand from etcd's public definitions, <c>api/etcdserverpb/rpc.proto</c> and <c>api/mvccpb/kv.proto</c>: a tag is the field's number times 8 plus
/// 0 for a varint or 2 for bytes.
/// </summary>
public sealed class EtcdWireTests
{
    // cluster_id=1: 7, member_id=2: 8, revision=3: 300, raft_term=4: 9
    private const string Header = "08 07 10 08 18 ac02 20 09";

    // key=1 "k", create_revision=2: 1, mod_revision=3: 2, version=4: 3, value=5 "v", lease=6: 300
    private const string KeyValue = "0a 01 6b 10 01 18 02 20 03 2a 01 76 30 ac02";

    private static readonly ByteString Key = EtcdText.Bytes("k");

    public static TheoryData<string, IMessage, string> Sent => new()
    {
        {
            "RangeRequest: key=1, range_end=2, limit=3, revision=4",
            EtcdOperations.RangeRequestOf(EtcdRange.OfPrefix("/a/"), limit: 1000, revision: 300),
            "0a 03 2f612f 12 03 2f6130 18 e807 20 ac02"
        },
        {
            "RangeRequest for the page after a key",
            EtcdOperations.RangeRequestOf(EtcdRange.OfPrefix("/a/").After(EtcdText.Bytes("/a/b"))),
            "0a 05 2f612f6200 12 03 2f6130"
        },
        { "PutRequest: key=1, value=2, lease=3", new PutRequest { Key = Key, Value = EtcdText.Bytes("v"), Lease = 300 }, "0a 01 6b 12 01 76 18 ac02" },
        { "DeleteRangeRequest: key=1, range_end=2", new DeleteRangeRequest { Key = Key, RangeEnd = EtcdText.Bytes("l") }, "0a 01 6b 12 01 6c" },
        {
            // Zeros of a oneof are written, those of result and lease are not.
            "TxnRequest: compare=1, success=2, failure=3",
            new TxnRequest
            {
                Compare = { EtcdOperations.IsAtRevision(Key, 0) },
                Success = { EtcdOperations.Put(Key, EtcdText.Bytes("v")), EtcdOperations.Delete(Key) },
                Failure = { EtcdOperations.Get(Key) },
            },
            "0a 07 | 10 02 1a 01 6b 30 00 | 12 08 | 12 06 0a 01 6b 12 01 76 | 12 05 | 1a 03 0a 01 6b | 1a 05 | 0a 03 0a 01 6b"
        },
        { "Compare: target=2 MOD 2, key=3, mod_revision=6", EtcdOperations.IsAtRevision(Key, 300), "10 02 1a 01 6b 30 ac02" },
        { "Compare: result=1 GREATER 1", EtcdOperations.Exists(Key), "08 01 10 02 1a 01 6b 30 00" },
        { "Compare: target CREATE 1, create_revision=5", EtcdOperations.IsAbsent(Key), "10 01 1a 01 6b 28 00" },
        { "Compare: target VERSION 0, version=4", EtcdOperations.HasVersion(Key, 5), "1a 01 6b 20 05" },
        { "Compare: target VALUE 3, value=7", EtcdOperations.HasValue(Key, EtcdText.Bytes("v")), "10 03 1a 01 6b 3a 01 76" },
        { "Compare: target LEASE 4, lease=8", EtcdOperations.IsBoundTo(Key, 300), "10 04 1a 01 6b 40 ac02" },
        {
            "WatchRequest: create_request=1; key=1, range_end=2, start_revision=3, progress_notify=4",
            new WatchRequest { CreateRequest = new WatchCreateRequest { Key = Key, RangeEnd = EtcdText.Bytes("l"), StartRevision = 300, ProgressNotify = true } },
            "0a 0b | 0a 01 6b 12 01 6c 18 ac02 20 01"
        },
        { "WatchRequest: progress_request=3", new WatchRequest { ProgressRequest = new WatchProgressRequest() }, "1a 00" },
        { "LeaseGrantRequest: TTL=1, ID=2", new LeaseGrantRequest { TTL = 10, ID = 300 }, "08 0a 10 ac02" },
        { "LeaseRevokeRequest: ID=1", new LeaseRevokeRequest { ID = 300 }, "08 ac02" },
        { "LeaseKeepAliveRequest: ID=1", new LeaseKeepAliveRequest { ID = 300 }, "08 ac02" },
        { "AuthenticateRequest: name=1, password=2", new AuthenticateRequest { Name = "u", Password = "p" }, "0a 01 75 12 01 70" },
    };

    public static TheoryData<string, IMessage, string> Received => new()
    {
        { "RangeResponse: header=1, kvs=2, more=3, count=4", new RangeResponse { Header = NewHeader(), Kvs = { NewKeyValue() }, More = true, Count = 5 }, $"0a 09 {Header} 12 0f {KeyValue} 18 01 20 05" },
        { "PutResponse: header=1", new PutResponse { Header = NewHeader() }, $"0a 09 {Header}" },
        { "DeleteRangeResponse: header=1, deleted=2", new DeleteRangeResponse { Header = NewHeader(), Deleted = 2 }, $"0a 09 {Header} 10 02" },
        {
            "TxnResponse: header=1, succeeded=2, responses=3 with response_range=1, response_put=2, response_delete_range=3",
            new TxnResponse
            {
                Header = NewHeader(),
                Succeeded = true,
                Responses =
                {
                    new ResponseOp { ResponseRange = new RangeResponse { Count = 5 } },
                    new ResponseOp { ResponsePut = new PutResponse() },
                    new ResponseOp { ResponseDeleteRange = new DeleteRangeResponse { Deleted = 1 } },
                },
            },
            $"0a 09 {Header} 10 01 | 1a 04 0a 02 20 05 | 1a 02 12 00 | 1a 04 1a 02 10 01"
        },
        {
            "WatchResponse: header=1, watch_id=2, created=3, canceled=4, compact_revision=5, cancel_reason=6",
            new WatchResponse { Header = NewHeader(), WatchId = -1, Created = true, Canceled = true, CompactRevision = 300, CancelReason = "no" },
            $"0a 09 {Header} 10 ffffffffffffffffff01 18 01 20 01 28 ac02 32 02 6e6f"
        },
        {
            // PUT is 0 and not written.
            "WatchResponse: events=11; type=1, kv=2",
            new WatchResponse { WatchId = 2, Events = { new Event { Kv = NewKeyValue() }, new Event { Type = Event.Types.EventType.Delete, Kv = new Mvcc.KeyValue { Key = Key, ModRevision = 2 } } } },
            $"10 02 | 5a 11 12 0f {KeyValue} | 5a 09 08 01 12 05 0a 01 6b 18 02"
        },
        { "LeaseGrantResponse: header=1, ID=2, TTL=3, error=4", new LeaseGrantResponse { Header = NewHeader(), ID = 300, TTL = 10, Error = "no" }, $"0a 09 {Header} 10 ac02 18 0a 22 02 6e6f" },
        { "LeaseRevokeResponse: header=1", new LeaseRevokeResponse { Header = NewHeader() }, $"0a 09 {Header}" },
        { "LeaseKeepAliveResponse: header=1, ID=2, TTL=3", new LeaseKeepAliveResponse { Header = NewHeader(), ID = 300, TTL = 10 }, $"0a 09 {Header} 10 ac02 18 0a" },
        { "AuthenticateResponse: header=1, token=2", new AuthenticateResponse { Header = NewHeader(), Token = "t.1" }, $"0a 09 {Header} 12 03 742e31" },
    };

    [Theory]
    [MemberData(nameof(Sent), DisableDiscoveryEnumeration = true)]
    public void Request_Bytes_AreThoseOfTheDefinition(string definition, IMessage message, string hex)
    {
        Assert.NotEmpty(definition);
        Assert.Equal(Convert.ToHexStringLower(Bytes(hex)), Convert.ToHexStringLower(message.ToByteArray()));
    }

    [Theory]
    [MemberData(nameof(Received), DisableDiscoveryEnumeration = true)]
    public void Response_BytesOfTheDefinition_AreRead(string definition, IMessage expected, string hex)
    {
        Assert.NotEmpty(definition);
        Assert.Equal(expected, expected.Descriptor.Parser.ParseFrom(Bytes(hex)));
    }

    /// <summary>Fields that only newer servers have, or that were not asked for: previous value of an event (3), fragment (7).</summary>
    [Fact]
    public void Response_UnknownFields_AreSkipped()
    {
        WatchResponse response = WatchResponse.Parser.ParseFrom(Bytes("10 02 38 01 | 5a 0a 12 03 0a 01 6b 1a 03 0a 01 6b"));

        Assert.Equal(("k", 2), (response.Events.Single().Kv.Key.ToStringUtf8(), response.WatchId));
    }

    [Theory]
    [InlineData("etcdserverpb.KV", "Range,Put,DeleteRange,Txn")]
    [InlineData("etcdserverpb.Watch", "Watch")]
    [InlineData("etcdserverpb.Lease", "LeaseGrant,LeaseRevoke,LeaseKeepAlive")]
    [InlineData("etcdserverpb.Auth", "Authenticate")]
    public void Services_NamesOnTheWire_AreEtcds(string name, string methods)
    {
        ServiceDescriptor service = EtcdRpcReflection.Descriptor.Services.Single(service => service.FullName == name);

        Assert.Equal(methods, string.Join(',', service.Methods.Select(method => method.Name)));
    }

    private static ResponseHeader NewHeader() => new() { ClusterId = 7, MemberId = 8, Revision = 300, RaftTerm = 9 };

    private static Mvcc.KeyValue NewKeyValue() => new() { Key = Key, CreateRevision = 1, ModRevision = 2, Version = 3, Value = EtcdText.Bytes("v"), Lease = 300 };

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal).Replace("|", "", StringComparison.Ordinal));
}
