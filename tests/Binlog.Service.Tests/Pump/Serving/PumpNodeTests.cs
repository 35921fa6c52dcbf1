using System.Net;
using System.Text.Json;
using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;
using Binlog.Service.Embedded;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Pump.Leaving;
using Binlog.Service.Tests.Pump.Registration;
using Binlog.TestKit.Waiting;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using EmbeddedClusterContract = Binlog.Cluster.Contracts.EmbeddedCluster;

namespace Binlog.Service.Tests.Pump.Serving;

/// <summary>A whole Pump node in this process.</summary>
public sealed class PumpNodeTests : IDisposable
{
    private static readonly HttpClient Http = new();

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Status_HasTheOriginalsFieldsInItsOrder()
    {
        await using BinlogHost host = await StartAsync();

        string text = await Http.GetStringAsync(Uri(host, "/status"), Cancelled);

        using JsonDocument json = JsonDocument.Parse(text);
        Assert.Equal(["status", "CommitTS", "Checkpoint", "ErrMsg", "retention"], json.RootElement.EnumerateObject().Select(property => property.Name));
        JsonElement node = json.RootElement.GetProperty("status").GetProperty("pump-1");
        Assert.Equal(["nodeId", "host", "state", "isAlive", "score", "label", "maxCommitTS", "updateTS"], node.EnumerateObject().Select(property => property.Name));
        Assert.Equal("online", node.GetProperty("state").GetString());
        Assert.Equal(host.Pump!.Address.Address, node.GetProperty("host").GetString());
        Assert.Equal("{}", json.RootElement.GetProperty("Checkpoint").GetRawText());
        Assert.Equal("", json.RootElement.GetProperty("ErrMsg").GetString());
    }

    [Fact]
    public async Task Status_DrainerRegistered_SaysWhatIsKeptAndForWhom()
    {
        await RegisterAsync(new NodeStatus { NodeId = "slow", Host = "127.0.0.1:1", State = NodeState.Paused, MaxCommitTs = 77 });
        await using BinlogHost host = await StartAsync();
        JsonElement kept = default;
        await Eventually.HoldsAsync(
            "the Drainer is known",
            async () =>
            {
                kept = JsonElement.Parse(await Http.GetStringAsync(Uri(host, "/status"), Cancelled)).GetProperty("retention");
                return kept.GetProperty("drainers").GetArrayLength() == 1;
            },
            Cancelled);

        Assert.Equal(["bytes", "oldestCommitTs", "hoursUntilFull", "hoursUntilStopWrite", "drainers"], kept.EnumerateObject().Select(property => property.Name));
        Assert.InRange(kept.GetProperty("bytes").GetInt64(), 1, long.MaxValue);
        JsonElement drainer = kept.GetProperty("drainers")[0];
        Assert.Equal(("slow", 77, 0), (drainer.GetProperty("nodeId").GetString(), drainer.GetProperty("position").GetInt64(), drainer.GetProperty("heldBackBytes").GetInt64()));
    }

    [Theory]
    [InlineData("GET", "/nothing", HttpStatusCode.NotFound)]
    [InlineData("POST", "/status", HttpStatusCode.MethodNotAllowed)]
    [InlineData("PUT", "/status", HttpStatusCode.MethodNotAllowed)]
    public async Task Http_UnknownPathOrMethod_SaysWhatThereIs(string method, string path, HttpStatusCode expected)
    {
        await using BinlogHost host = await StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), Uri(host, path));

        using HttpResponseMessage response = await Http.SendAsync(request, Cancelled);

        Assert.Equal(expected, response.StatusCode);
        Assert.Contains("/status", await response.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_KnownWithoutAnyBinlog_NotifiesDrainersAllTheSame()
    {
        await using FakeDrainer drainer = await FakeDrainer.StartAsync();
        await RegisterAsync(drainer.Status("drainer-1", NodeState.Online, TimeProvider.System.GetUtcNow()), new NodeStatus { NodeId = "pump-1", Host = "127.0.0.1:1", State = NodeState.Online });

        await using BinlogHost host = await StartAsync();

        Assert.Equal(1, drainer.Notified);
    }

    /// <summary>A start from offline that is killed before all Drainers know the Pump leaves it online in the registry.</summary>
    [Fact]
    public async Task StartAsync_EarlierStartWasCutOffBeforeDrainersKnewIt_NotifiesThemAll()
    {
        string marker = _directory.Combine(".unannounced");
        await using (BinlogHost first = await StartAsync())
        {
            using var connection = new PumpConnection(first.Pump!.Address.Address);
            await connection.WriteAsync(TestBinlogs.Prewrite(5));
            Assert.False(File.Exists(marker));
        }

        await using FakeDrainer drainer = await FakeDrainer.StartAsync();
        await RegisterAsync(drainer.Status("drainer-1", NodeState.Online, TimeProvider.System.GetUtcNow()), new NodeStatus { NodeId = "pump-1", Host = "127.0.0.1:1", State = NodeState.Offline });
        byte[] cutOff = [1];
        drainer.OnNotified = () => cutOff = File.Exists(marker) ? File.ReadAllBytes(marker) : [1];
        await using (BinlogHost returning = await StartAsync())
        {
            Assert.Empty(cutOff);
            Assert.False(File.Exists(marker));
        }

        File.WriteAllBytes(marker, cutOff);
        drainer.Failures = drainer.Notified + 2;
        int before = drainer.Notified;

        await using BinlogHost host = await StartAsync();

        Assert.Equal(before + 3, drainer.Notified);
        Assert.False(File.Exists(marker));
    }

    /// <summary>Set offline between the look for its state and its entry: Drainers may have merged past it.</summary>
    [Fact]
    public async Task StartAsync_SetOfflineMeanwhile_NotifiesDrainersUntilTheyKnowIt()
    {
        var table = new NodeTable();
        using EmbeddedClusterStore tso = OpenClusterStore();
        await using NodeServer registry = await NodeServer.StartAsync(
            new NodeServerOptions
            {
                Key = "test",
                Listen = new HostPort("127.0.0.1", 0),
                Services = [EmbeddedClusterContract.BindService(new EmbeddedClusterService(table, tso, 7))],
            },
            NullLoggerFactory.Instance,
            Cancelled);
        await using (BinlogHost first = await StartAsync(registry.BoundAddress))
        {
            using var connection = new PumpConnection(first.Pump!.Address.Address);
            await connection.WriteAsync(TestBinlogs.Prewrite(5));
        }

        await using FakeDrainer drainer = await FakeDrainer.StartAsync();
        drainer.Failures = 2;
        table.Add(NodeRole.Drainer, drainer.Status("drainer-1", NodeState.Online, TimeProvider.System.GetUtcNow()));
        table.OnListed = role =>
        {
            if (role == NodeRole.Pump)
            {
                table.OnListed = null;
                table.Add(NodeRole.Pump, table.Find(NodeRole.Pump, "pump-1") with { State = NodeState.Offline });
            }
        };

        await using BinlogHost host = await StartAsync(registry.BoundAddress);

        Assert.Equal(NodeState.Online, table.Find(NodeRole.Pump, "pump-1").State);
        Assert.Equal(3, drainer.Notified);
        Assert.False(File.Exists(_directory.Combine(".unannounced")));
    }

    [Fact]
    public async Task StartAsync_DrainerLivesButFails_StartFailsAndLeavesNoPausedPump()
    {
        await using FakeDrainer drainer = await FakeDrainer.StartAsync();
        drainer.Refuses = true;
        await RegisterAsync(drainer.Status("drainer-1", NodeState.Online, TimeProvider.System.GetUtcNow().AddHours(1)));

        var exception = await Assert.ThrowsAsync<StartFailedException>(StartAsync);

        Assert.Contains("fail to notify all living drainer: drainer-1", exception.Message, StringComparison.Ordinal);
        using var store = OpenClusterStore();
        Assert.Equal(NodeState.Offline, Assert.Single(await store.ListAsync(NodeRole.Pump, Cancelled)).State);
    }

    [Fact]
    public async Task DisposeAsync_Online_RegistersAsPaused()
    {
        await (await StartAsync()).DisposeAsync();

        using var store = OpenClusterStore();
        Assert.Equal(NodeState.Paused, Assert.Single(await store.ListAsync(NodeRole.Pump, Cancelled)).State);
    }

    [Fact]
    public async Task Completion_SetOfflineBySomebodyElse_FailsAndTakesNoPrewrites()
    {
        await using BinlogHost host = await StartAsync();
        using var connection = new PumpConnection(host.Pump!.Address.Address);
        await connection.WriteAsync(TestBinlogs.Prewrite(5));

        await host.Cluster.Registry.PutAsync(NodeRole.Pump, new NodeStatus { NodeId = "pump-1", Host = host.Pump.Address.Address, State = NodeState.Offline }, Cancelled);

        var exception = await Assert.ThrowsAsync<ServiceException>(() => host.Pump.Completion.WaitAsync(TimeSpan.FromSeconds(30), Cancelled));
        Assert.Contains("Drainers have gone on without it", exception.Message, StringComparison.Ordinal);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => connection.WriteAsync(TestBinlogs.Prewrite(6)));
        Assert.StartsWith("no online", refusal.Status.Detail, StringComparison.Ordinal);
    }

    private static Uri Uri(BinlogHost host, string path) => new($"http://{host.Pump!.Address.Address}{path}");

    private Task<BinlogHost> StartAsync() => StartAsync(join: null);

    private Task<BinlogHost> StartAsync(HostPort? join) => BinlogHost.StartAsync(
        new HostOptions
        {
            DataDir = _directory.Path,
            NodeId = "pump-1",
            Cluster = new ClusterOptions { Id = 7, Join = join },
            Pump = new PumpOptions { Listen = new HostPort("127.0.0.1", 0), StopWriteAtAvailableSpaceBytes = 0 },
        },
        TimeProvider.System,
        NullLoggerFactory.Instance,
        Cancelled);

    private async Task RegisterAsync(NodeStatus drainer, params NodeStatus[] pumps)
    {
        using var store = OpenClusterStore();
        await store.PutAsync(NodeRole.Drainer, drainer, Cancelled);
        foreach (NodeStatus pump in pumps)
        {
            await store.PutAsync(NodeRole.Pump, pump, Cancelled);
        }
    }

    private EmbeddedClusterStore OpenClusterStore() =>
        EmbeddedClusterStore.Open(_directory.Combine("cluster.db"), 7, TimeProvider.System);
}
