using Binlog.Cluster.Etcd;
using Binlog.Cluster.Registry;
using Binlog.ClusterKit.Etcd;

namespace Binlog.Cluster.Tests.Registry;

/// <summary>Writes that were carried out without an answer, or late.</summary>
public sealed class EtcdUnknownOutcomeTests : IAsyncLifetime
{
    private const string Key = "/tidb-binlog/v1/pumps/p";
    private const string AliveKey = "/binlogd/v1/alive/pumps/p";

    private FakeEtcd _etcd = null!;
    private EtcdClient _client = null!;
    private EtcdNodeRegistry _registry = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _etcd = await FakeEtcd.StartAsync();
        _client = new EtcdClient(new EtcdClientOptions { Endpoints = [_etcd.Address], CallTimeout = TimeSpan.FromSeconds(1) });
        _registry = new EtcdNodeRegistry(_client, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _etcd.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_AnswerIsLost_IsFoundOutAtOnce(bool isRenewal)
    {
        await _registry.PutAsync(NodeRole.Pump, Status(1), Token);
        int writes = 0;
        _etcd.After = _ =>
        {
            if (writes++ == 0)
            {
                throw FakeEtcd.Lost();
            }
        };

        await (isRenewal ? _registry.RenewAsync(NodeRole.Pump, Status(2), Token) : _registry.PutAsync(NodeRole.Pump, Status(2), Token));

        Assert.Equal(2, writes);
        Assert.Contains("\"updateTS\":2}", _etcd.Get(Key), StringComparison.Ordinal);
        Assert.NotNull(_etcd.Get(AliveKey));
    }

    [Fact]
    public async Task RenewAsync_AnswerIsLostAndThenSetOffline_IsRefused()
    {
        await _registry.PutAsync(NodeRole.Pump, Status(1), Token);
        _etcd.After = _ =>
        {
            _etcd.After = null;
            _etcd.Put(Key, ForeignBinlogctl.Status("p", "10.0.0.1:8250", "offline", 5, 2));
            throw FakeEtcd.Lost();
        };

        await Assert.ThrowsAsync<NodeSetOfflineException>(() => _registry.RenewAsync(NodeRole.Pump, Status(2), Token));

        Assert.Contains("\"state\":\"offline\"", _etcd.Get(Key), StringComparison.Ordinal);
    }

    /// <summary>A member that stood still has a heartbeat, goes on later and carries it out: after the node was set offline.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Write_IsCarriedOutLate_ComesAfterNothing(bool isRenewal)
    {
        await _registry.PutAsync(NodeRole.Pump, Status(1), Token);
        var goOn = new TaskCompletionSource();
        var isLate = new TaskCompletionSource();
        int writes = 0;
        _etcd.Before = _ => writes++ == 0 ? goOn.Task : Task.CompletedTask;

        await (isRenewal ? _registry.RenewAsync(NodeRole.Pump, Status(2), Token) : _registry.PutAsync(NodeRole.Pump, Status(2), Token));
        Assert.Equal(2, writes);
        string offline = ForeignBinlogctl.Status("p", "10.0.0.1:8250", "offline", 5, 2);
        _etcd.Put(Key, offline);
        _etcd.After = _ => isLate.TrySetResult();
        goOn.SetResult();
        await isLate.Task.WaitAsync(Token);

        Assert.Equal(offline, _etcd.Get(Key));
        await Assert.ThrowsAsync<NodeSetOfflineException>(() => _registry.RenewAsync(NodeRole.Pump, Status(3), Token));
    }

    [Fact]
    public async Task TryReplaceAsync_AnswerIsLost_IsFoundOut()
    {
        _etcd.Put(Key, ForeignBinlogctl.Status("p", "10.0.0.1:8250", "online", 5, 2, isAlive: "true"));
        NodeStatus found = (await _registry.ListAsync(NodeRole.Pump, Token)).Single();
        _etcd.After = _ => throw FakeEtcd.Lost();

        Assert.True(await _registry.TryReplaceAsync(NodeRole.Pump, found, found with { State = NodeState.Offline }, Token));
        Assert.Contains("\"state\":\"offline\"", _etcd.Get(Key), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TryReplaceAsync_RequestIsLost_IsRepeated()
    {
        _etcd.Put(Key, ForeignBinlogctl.Status("p", "10.0.0.1:8250", "online", 5, 2, isAlive: "true"));
        NodeStatus found = (await _registry.ListAsync(NodeRole.Pump, Token)).Single();
        _etcd.Before = _ =>
        {
            _etcd.Before = null;
            throw FakeEtcd.Lost();
        };

        Assert.True(await _registry.TryReplaceAsync(NodeRole.Pump, found, found with { State = NodeState.Offline }, Token));
        Assert.Contains("\"state\":\"offline\"", _etcd.Get(Key), StringComparison.Ordinal);
    }

    /// <summary>A leader that was deposed unseen has prolonged the lease, which is worth nothing: the transaction came from its successor.</summary>
    [Fact]
    public async Task RenewAsync_LeaseWasProlongedInAnotherTerm_IsProlongedAgain()
    {
        await _registry.PutAsync(NodeRole.Pump, Status(1), Token);
        _etcd.Term = 6;
        _etcd.LeaseTerms.Enqueue(5);
        _etcd.LeaseTerms.Enqueue(6);

        await _registry.RenewAsync(NodeRole.Pump, Status(2), Token);

        Assert.Equal(3, _etcd.KeptAlive);
    }

    [Fact]
    public async Task NextAsync_AnswersAreLostAndWritesComeLate_TimestampsAreUniqueAndGrow()
    {
        var tso = new EtcdTso(_client, TimeProvider.System);
        var other = new EtcdTso(_client, TimeProvider.System);
        var twelfth = new TaskCompletionSource();
        int begun = 0;
        int done = 0;
        _etcd.Before = _ => ++begun == 10 ? twelfth.Task : Task.CompletedTask;
        _etcd.After = _ =>
        {
            if (++done == 12)
            {
                twelfth.SetResult();
            }

            if (done % 3 == 0)
            {
                throw FakeEtcd.Lost();
            }
        };
        ulong last = 0;
        for (int call = 0; call < 20; call++)
        {
            ulong next = await (call % 2 == 0 ? tso : other).NextAsync(3, Token);
            Assert.True(next >= last + 3, $"{next - 2} was given out twice");
            last = next;
        }

        Assert.True(twelfth.Task.IsCompleted);
        Assert.True(await tso.ObserveAsync(0, Token) >= last);
    }

    private static NodeStatus Status(int beat) => new() { NodeId = "p", Host = "10.0.0.1:8250", State = NodeState.Online, IsAlive = true, MaxCommitTs = 5, UpdateTs = beat };
}
