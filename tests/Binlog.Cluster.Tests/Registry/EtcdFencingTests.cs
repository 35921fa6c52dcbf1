using Binlog.Cluster.Etcd;
using Binlog.Cluster.Registry;
using Binlog.ClusterKit.Etcd;
using Binlog.TestKit.Capabilities;

namespace Binlog.Cluster.Tests.Registry;

public sealed class EtcdFencingTests
{
    private const string Key = "/tidb-binlog/v1/pumps/p";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A node beats as fast as it can while somebody else's program sets it offline without looking. After that write nothing of the node's is taken.</summary>
    [Fact]
    public async Task RenewAsync_SetOfflineAtAnyMoment_NeverComesBack()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(cancellationToken: Token);
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [server.Endpoint] });
        for (int round = 0; round < LongRun.Rounds("ETCD_FENCING_ROUNDS", 40, 1000); round++)
        {
            var registry = new EtcdNodeRegistry(client, TimeProvider.System);
            await registry.PutAsync(NodeRole.Pump, Status(0), Token);
            using var isOffline = new CancellationTokenSource();
            Task<int> beating = BeatUntilRefusedAsync(registry, isOffline.Token);

            await ForeignBinlogctl.UpdateAsync(server, Key, "offline", Token);
            string? written = await server.Gateway.GetAsync(Key, Token);
            await isOffline.CancelAsync();

            Assert.Equal(0, await beating);
            Assert.Contains("\"state\":\"offline\"", written, StringComparison.Ordinal);
            Assert.Equal(written, await server.Gateway.GetAsync(Key, Token));
        }
    }

    /// <summary>As before, with etcd killed in between: a heartbeat without an answer may be carried out late.</summary>
    [Fact]
    public async Task RenewAsync_EtcdIsKilledMeanwhile_NeverComesBack()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(cancellationToken: Token);
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [server.Endpoint] });
        for (int round = 0; round < LongRun.Rounds("ETCD_FENCING_KILLS", 4, 100); round++)
        {
            var registry = new EtcdNodeRegistry(client, TimeProvider.System);
            await registry.PutAsync(NodeRole.Pump, Status(0), Token);
            using var isOffline = new CancellationTokenSource();
            Task<int> beating = BeatUntilRefusedAsync(registry, isOffline.Token);

            server.Kill();
            await server.StartHiddenAsync(Token);
            await ForeignBinlogctl.UpdateAsync(server, Key, "offline", Token);
            string? written = await server.Gateway.GetAsync(Key, Token);
            await isOffline.CancelAsync();
            await server.RestartAsync(Token);

            Assert.Equal(0, await beating);
            Assert.Equal(written, await server.Gateway.GetAsync(Key, Token));
        }
    }

    /// <summary>An operator gives up a node whose lease has ended, at the moment when it beats again: either it is offline for good, or it was alive.</summary>
    [Fact]
    public async Task TryReplaceAsync_NodeBeatsAtTheSameMoment_OneOfTheTwoWins()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(cancellationToken: Token);
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [server.Endpoint] });
        var operators = new EtcdNodeRegistry(client, TimeProvider.System);
        int replaced = 0;
        for (int round = 0; round < LongRun.Rounds("ETCD_FENCING_ROUNDS", 40, 1000); round++)
        {
            var registry = new EtcdNodeRegistry(client, TimeProvider.System);
            await registry.PutAsync(NodeRole.Pump, Status(0), Token);
            await client.DeleteAsync(EtcdRange.OfKey("/binlogd/v1/alive/pumps/p"), Token);
            NodeStatus found = (await operators.ListAsync(NodeRole.Pump, Token)).Single();

            Task<bool> replacing = operators.TryReplaceAsync(NodeRole.Pump, found, found with { State = NodeState.Offline }, Token);
            Task beating = registry.RenewAsync(NodeRole.Pump, Status(1), Token);
            bool isReplaced = await replacing;
            Exception? refusal = await Record.ExceptionAsync(() => beating);

            NodeStatus end = (await operators.ListAsync(NodeRole.Pump, Token)).Single();
            Assert.Equal(isReplaced, refusal is NodeSetOfflineException);
            Assert.Equal(isReplaced ? (NodeState.Offline, false) : (NodeState.Online, true), (end.State, end.IsAlive));
            replaced += isReplaced ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{replaced} were replaced");
    }

    /// <summary>Beats until it is refused. Returns how many heartbeats were taken that began after the node was set offline.</summary>
    private static async Task<int> BeatUntilRefusedAsync(EtcdNodeRegistry registry, CancellationToken isOffline)
    {
        int takenAfterwards = 0;
        for (int beat = 1; takenAfterwards < 10; beat++)
        {
            bool beganAfterwards = isOffline.IsCancellationRequested;
            try
            {
                await registry.RenewAsync(NodeRole.Pump, Status(beat), Token);
                takenAfterwards += beganAfterwards ? 1 : 0;
            }
            catch (NodeSetOfflineException)
            {
                return takenAfterwards;
            }
            catch (ClusterException exception) when (exception.IsTransient)
            {
                // etcd is away: the next heartbeat comes anyway.
            }
        }

        return takenAfterwards;
    }

    private static NodeStatus Status(int beat) => new() { NodeId = "p", Host = "10.0.0.1:8250", State = NodeState.Online, IsAlive = true, MaxCommitTs = 5, UpdateTs = beat };
}
