using System.Globalization;
using System.Text;
using Binlog.Cluster.Contracts.Etcd;
using Binlog.Cluster.Etcd;
using Binlog.ClusterKit.Etcd;
using Binlog.TestKit.Waiting;
using Google.Protobuf;

namespace Binlog.Cluster.Tests.Etcd;

public sealed class EtcdClientTests(SharedEtcd etcd) : IClassFixture<SharedEtcd>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RangeAsync_KeyPrefixLimitAndRevision_GiveWhatAnotherProgramWrote()
    {
        EtcdServer server = await etcd.GetAsync(Token);
        await using EtcdClient client = await etcd.ConnectAsync(Token);
        long first = await server.Gateway.PutAsync("/range/a", "1", Token);
        await server.Gateway.PutAsync("/range/b", "2", Token);
        await server.Gateway.PutAsync("/range/c", "3", Token);
        await server.Gateway.PutAsync("/rangf", "outside", Token);
        await server.Gateway.PutAsync("/range/a", "4", Token);

        RangeResponse key = await client.RangeAsync(EtcdOperations.RangeRequestOf(EtcdRange.OfKey("/range/a")), Token);
        RangeResponse prefix = await client.RangeAsync(EtcdOperations.RangeRequestOf(EtcdRange.OfPrefix("/range/")), Token);
        RangeResponse limited = await client.RangeAsync(EtcdOperations.RangeRequestOf(EtcdRange.OfPrefix("/range/"), limit: 2), Token);
        RangeResponse past = await client.RangeAsync(EtcdOperations.RangeRequestOf(EtcdRange.OfPrefix("/range/"), revision: first), Token);
        RangeResponse missing = await client.RangeAsync(EtcdOperations.RangeRequestOf(EtcdRange.OfKey("/range/z")), Token);

        Assert.Equal("/range/a=4", Text(key));
        Assert.Equal((first, 2, first + 4), (key.Kvs[0].CreateRevision, key.Kvs[0].Version, key.Kvs[0].ModRevision));
        Assert.Equal("/range/a=4 /range/b=2 /range/c=3", Text(prefix));
        Assert.Equal(("/range/a=4 /range/b=2", true, 3), (Text(limited), limited.More, limited.Count));
        Assert.Equal("/range/a=1", Text(past));
        Assert.Empty(missing.Kvs);
    }

    [Fact]
    public async Task PutAsyncAndDeleteAsync_Keys_AreSeenByAnotherProgram()
    {
        EtcdServer server = await etcd.GetAsync(Token);
        await using EtcdClient client = await etcd.ConnectAsync(Token);

        long written = await client.PutAsync(Bytes("/put/a"), Bytes("x"), lease: 0, Token);
        long again = await client.PutAsync(Bytes("/put/b"), Bytes("y"), lease: 0, Token);
        string? value = await server.Gateway.GetAsync("/put/a", Token);
        long deleted = await client.DeleteAsync(EtcdRange.OfPrefix("/put/"), Token);

        Assert.True(again > written);
        Assert.Equal(("x", 2), (value, deleted));
        Assert.Null(await server.Gateway.GetAsync("/put/b", Token));
        Assert.Equal(0, await client.DeleteAsync(EtcdRange.OfKey("/put/a"), Token));
    }

    [Fact]
    public async Task TxnAsync_EveryComparison_DecidesBetweenThenAndElse()
    {
        await using EtcdClient client = await etcd.ConnectAsync(Token);
        ByteString key = Bytes("/txn/k");
        ByteString absent = Bytes("/txn/absent");
        EtcdLease lease = await client.GrantLeaseAsync(TimeSpan.FromSeconds(60), Token);
        long revision = await client.PutAsync(key, Bytes("v"), lease.Id, Token);

        async Task<bool> HoldsAsync(Compare compare) => (await client.TxnAsync(new TxnRequest { Compare = { compare }, Success = { EtcdOperations.Get(key) } }, Token)).Succeeded;

        Assert.True(await HoldsAsync(EtcdOperations.IsAtRevision(key, revision)));
        Assert.False(await HoldsAsync(EtcdOperations.IsAtRevision(key, revision - 1)));
        Assert.True(await HoldsAsync(EtcdOperations.IsAtRevision(absent, 0)));
        Assert.True(await HoldsAsync(EtcdOperations.Exists(key)));
        Assert.False(await HoldsAsync(EtcdOperations.Exists(absent)));
        Assert.True(await HoldsAsync(EtcdOperations.IsAbsent(absent)));
        Assert.False(await HoldsAsync(EtcdOperations.IsAbsent(key)));
        Assert.True(await HoldsAsync(EtcdOperations.HasVersion(key, 1)));
        Assert.False(await HoldsAsync(EtcdOperations.HasVersion(key, 2)));
        Assert.True(await HoldsAsync(EtcdOperations.HasValue(key, Bytes("v"))));
        Assert.False(await HoldsAsync(EtcdOperations.HasValue(key, Bytes("w"))));
        Assert.True(await HoldsAsync(EtcdOperations.IsBoundTo(key, lease.Id)));
        Assert.False(await HoldsAsync(EtcdOperations.IsBoundTo(key, lease.Id + 1)));
    }

    [Fact]
    public async Task TxnAsync_SeveralOperations_AreDoneTogetherAndAnswered()
    {
        EtcdServer server = await etcd.GetAsync(Token);
        await using EtcdClient client = await etcd.ConnectAsync(Token);
        await client.PutAsync(Bytes("/several/a"), Bytes("old"), lease: 0, Token);
        TxnRequest request = new()
        {
            Compare = { EtcdOperations.HasValue(Bytes("/several/a"), Bytes("old")), EtcdOperations.IsAbsent(Bytes("/several/b")) },
            Success = { EtcdOperations.Delete(Bytes("/several/a")), EtcdOperations.Put(Bytes("/several/b"), Bytes("new")), EtcdOperations.Get(EtcdRange.OfPrefix("/several/")) },
            Failure = { EtcdOperations.Get(Bytes("/several/b")) },
        };

        TxnResponse first = await client.TxnAsync(request, Token);
        TxnResponse second = await client.TxnAsync(request, Token);

        Assert.True(first.Succeeded);
        Assert.Equal(1, first.Responses[0].ResponseDeleteRange.Deleted);
        Assert.Equal("/several/b=new", Text(first.Responses[2].ResponseRange));
        Assert.False(second.Succeeded);
        Assert.Equal("/several/b=new", Text(second.Responses.Single().ResponseRange));
        Assert.Equal(["/several/b"], (await server.Gateway.ListAsync("/several/", Token)).Keys);
    }

    [Fact]
    public async Task ListAsync_ManyKeys_ComeInPagesOfOneMoment()
    {
        await using EtcdClient client = await etcd.ConnectAsync(Token);
        foreach (int[] chunk in Enumerable.Range(0, 2345).Chunk(100))
        {
            var write = new TxnRequest();
            write.Success.Add(chunk.Select(number => EtcdOperations.Put(Bytes($"/many/{number:00000}"), Bytes(number.ToString(CultureInfo.InvariantCulture)))));
            Assert.True((await client.TxnAsync(write, Token)).Succeeded);
        }

        await client.PutAsync(Bytes("/few/1"), Bytes("one"), lease: 0, Token);

        EtcdListing listing = await client.ListAsync([EtcdRange.OfPrefix("/many/"), EtcdRange.OfPrefix("/few/"), EtcdRange.OfPrefix("/none/")], Token);

        Assert.Equal(Enumerable.Range(0, 2345).Select(number => $"/many/{number:00000}"), listing.Ranges[0].Select(kv => kv.Key.ToStringUtf8()));
        Assert.Equal("one", listing.Ranges[1].Single().Value.ToStringUtf8());
        Assert.Empty(listing.Ranges[2]);
    }

    [Fact]
    public async Task ListAsync_KeysChangeBetweenPages_AreThoseOfTheFirstPagesMoment()
    {
        EtcdServer server = await etcd.GetAsync(Token);
        await using EtcdClient client = await etcd.ConnectAsync(Token);
        foreach (string name in new[] { "a", "b", "c", "d", "e" })
        {
            await client.PutAsync(Bytes("/moment/" + name), Bytes("1"), lease: 0, Token);
        }

        RangeResponse page = await client.RangeAsync(EtcdOperations.RangeRequestOf(EtcdRange.OfPrefix("/moment/"), limit: 2), Token);
        await server.Gateway.DeleteAsync("/moment/c", Token);
        await server.Gateway.PutAsync("/moment/d", "2", Token);
        RangeResponse rest = await client.RangeAsync(
            EtcdOperations.RangeRequestOf(EtcdRange.OfPrefix("/moment/").After(page.Kvs[^1].Key), limit: 3, page.Header.Revision), Token);
        EtcdListing present = await client.ListAsync([EtcdRange.OfPrefix("/moment/")], Token, pageSize: 2);

        Assert.Equal("/moment/c=1 /moment/d=1 /moment/e=1", Text(rest));
        Assert.Equal("/moment/a=1 /moment/b=1 /moment/d=2 /moment/e=1", Text(present.Ranges[0]));
    }

    [Fact]
    public async Task RangeAsync_CompactedRevision_IsToldApart()
    {
        EtcdServer server = await etcd.GetAsync(Token);
        await using EtcdClient client = await etcd.ConnectAsync(Token);
        long old = await server.Gateway.PutAsync("/compacted/a", "1", Token);
        long present = await server.Gateway.PutAsync("/compacted/a", "2", Token);
        await server.Gateway.CompactAsync(present, Token);

        var exception = await Assert.ThrowsAsync<EtcdCompactedException>(() => client.RangeAsync(EtcdOperations.RangeRequestOf(EtcdRange.OfKey("/compacted/a"), revision: old), Token));

        Assert.Contains($"{server.Endpoint} no longer has the revision that Range of /compacted/a asks for", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leases_KeptAliveThenForgotten_EndWithTheirKeys()
    {
        EtcdServer server = await etcd.GetAsync(Token);
        await using EtcdClient client = await etcd.ConnectAsync(Token);
        EtcdLease lease = await client.GrantLeaseAsync(TimeSpan.FromSeconds(2), Token);
        await client.PutAsync(Bytes("/lease/a"), Bytes("x"), lease.Id, Token);

        EtcdLease kept = await client.KeepAliveAsync(lease.Id, Token);
        await Eventually.HoldsAsync("the lease ends", async () => await server.Gateway.GetAsync("/lease/a", Token) is null, Token);
        EtcdLease ended = await client.KeepAliveAsync(lease.Id, Token);

        Assert.Equal((lease.Id, TimeSpan.FromSeconds(2)), (kept.Id, kept.TimeToLive));
        Assert.True(kept.RaftTerm > 0);
        Assert.Equal(TimeSpan.Zero, ended.TimeToLive);
        await Assert.ThrowsAsync<EtcdLeaseNotFoundException>(() => client.PutAsync(Bytes("/lease/a"), Bytes("x"), lease.Id, Token));
    }

    [Fact]
    public async Task RevokeLeaseAsync_Lease_TakesItsKeysAtOnceAndMayBeRepeated()
    {
        EtcdServer server = await etcd.GetAsync(Token);
        await using EtcdClient client = await etcd.ConnectAsync(Token);
        EtcdLease lease = await client.GrantLeaseAsync(TimeSpan.FromSeconds(600), Token);
        await client.PutAsync(Bytes("/revoked/a"), Bytes("x"), lease.Id, Token);

        await client.RevokeLeaseAsync(lease.Id, Token);
        await client.RevokeLeaseAsync(lease.Id, Token);

        Assert.Null(await server.Gateway.GetAsync("/revoked/a", Token));
    }

    [Fact]
    public async Task RangeAsync_Cancelled_IsNoErrorOfTheCluster()
    {
        await using EtcdClient client = await etcd.ConnectAsync(Token);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.RangeAsync(EtcdOperations.RangeRequestOf(EtcdRange.OfKey("/k")), cancelled.Token));
    }

    private static ByteString Bytes(string text) => ByteString.CopyFrom(text, Encoding.UTF8);

    private static string Text(RangeResponse response) => Text(response.Kvs);

    private static string Text(IEnumerable<KeyValue> keys) => string.Join(' ', keys.Select(kv => $"{kv.Key.ToStringUtf8()}={kv.Value.ToStringUtf8()}"));
}
