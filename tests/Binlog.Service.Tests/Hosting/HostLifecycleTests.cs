using System.Text.Json;
using Binlog.Cluster.Registry;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Pump;
using Binlog.Service.Tests.Pump.Serving;
using Binlog.TestKit.Waiting;
using Grpc.Core;

namespace Binlog.Service.Tests.Hosting;

/// <summary>Roles that end one after the other, Pumps that pause, leave and come back; real hosts over the network.</summary>
public sealed class HostLifecycleTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<BinlogHost> _hosts = [];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        for (int index = _hosts.Count - 1; index >= 0; index--)
        {
            await _hosts[index].DisposeAsync();
        }

        _directory.Dispose();
    }

    [Fact]
    public async Task Put_DrainerPausesAndPumpLeaves_HostRunsUntilBothHaveEnded()
    {
        BinlogHost host = await StartAsync("one", "n", HostRoles.Pump(), withDrainer: true);
        string pump = host.Pump!.Address.Address, drainer = host.Drainer!.Address.Address;
        Task running = host.RunAsync(Cancelled);

        Assert.Equal(("invalid nodeID x, this pump's nodeID is n", 3), await HostRoles.PutAsync(drainer, "/state/x/pause"));
        Assert.Equal(("invalid action cancel", 3), await HostRoles.PutAsync(drainer, "/state/n/cancel"));
        Assert.Equal(("apply action close success!", 200), await HostRoles.PutAsync(drainer, "/state/n/close"));
        await Eventually.HoldsAsync("the Drainer is offline", async () => (await host.FindAsync(NodeRole.Drainer, "n")).State == NodeState.Offline, Cancelled);
        Assert.False(running.IsCompleted);
        using (var client = new PumpConnection(pump))
        {
            await client.WriteAsync(TestBinlogs.Prewrite(1));
            await client.WriteAsync(TestBinlogs.Commit(1, 2));
        }

        Assert.Equal(("apply action close success!", 200), await HostRoles.PutAsync(pump, "/state/n/close"));

        await running.WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
        Assert.Equal(NodeState.Offline, (await host.FindAsync(NodeRole.Pump, "n")).State);
    }

    [Fact]
    public async Task Put_DrainerIsPaused_RunsOnTakesSettingsResumesAndLeaves()
    {
        BinlogHost host = await StartAsync("one", "n", HostRoles.Pump(), withDrainer: true);
        string drainer = host.Drainer!.Address.Address;
        Task running = host.RunAsync(Cancelled);
        Assert.Equal(("this pump's state is online, apply resume failed!", 3), await HostRoles.PutAsync(drainer, "/state/n/resume"));

        Assert.Equal(("apply action pause success!", 200), await HostRoles.PutAsync(drainer, "/state/n/pause"));

        Assert.Equal(("this pump's state is paused, apply pause failed!", 3), await HostRoles.PutAsync(drainer, "/state/n/pause"));
        await Eventually.HoldsAsync("the registry has it", async () => await host.FindAsync(NodeRole.Drainer, "n") is { State: NodeState.Paused, IsAlive: true }, Cancelled);
        Assert.Equal(("Drainer n is alive", 3), await HostRoles.PutAsync(drainer, "/drainers/n/offline") is var (message, code) ? (message[..Math.Min(message.Length, 18)], code) : default);
        using (var http = new HttpClient())
        {
            using HttpResponseMessage refused = await http.PutAsync(new Uri($"http://{drainer}/settings"), new StringContent("""{"workers":0,"batchRows":-1}"""), Cancelled);
            Assert.Equal(System.Net.HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Equal(2, JsonDocument.Parse(await refused.Content.ReadAsStringAsync(Cancelled)).RootElement.GetProperty("errors").GetArrayLength());
            using HttpResponseMessage taken = await http.PutAsync(new Uri($"http://{drainer}/settings"), new StringContent("""{"workers":8}"""), Cancelled);
            Assert.True(taken.IsSuccessStatusCode);
        }

        using (JsonDocument settings = await HostRoles.GetAsync(drainer, "/settings"))
        {
            Assert.Equal((8, 4), (settings.RootElement.GetProperty("workers").GetInt32(), settings.RootElement.GetProperty("configured").GetProperty("workers").GetInt32()));
        }

        Assert.Equal(("apply action resume success!", 200), await HostRoles.PutAsync(drainer, "/state/n/resume"));
        Assert.Equal(("apply action pause success!", 200), await HostRoles.PutAsync(drainer, "/state/n/pause"));
        Assert.False(running.IsCompleted);
        Assert.Equal(("apply action close success!", 200), await HostRoles.PutAsync(drainer, "/state/n/close"));
        await Eventually.HoldsAsync("the Drainer is offline", async () => (await host.FindAsync(NodeRole.Drainer, "n")).State == NodeState.Offline, Cancelled);
    }

    [Fact]
    public async Task Close_DrainerIsDeadThenBack_WaitsNamesItAndEnds()
    {
        BinlogHost first = await StartAsync("one", "pump-1", HostRoles.Pump());
        BinlogHost second = await StartAsync("two", "pump:2", HostRoles.Pump(), join: first);
        string address = second.Pump!.Address.Address;
        using var client = new PumpConnection(address);
        await client.WriteAsync(TestBinlogs.Prewrite(10));
        await client.WriteAsync(TestBinlogs.Prewrite(11));
        await client.WriteAsync(TestBinlogs.Commit(10, 20));
        await RegisterDrainerAsync(first, 5);
        Task running = second.RunAsync(Cancelled);

        Assert.Equal(("apply action close success!", 200), await HostRoles.PutAsync(address, "/state/pump%3A2/close"));

        await LeavingAsync(address, leaving => leaving.GetProperty("phase").GetString() == "deciding" && leaving.GetProperty("message").GetString()!.Contains("start TS 11", StringComparison.Ordinal));
        RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => client.WriteAsync(TestBinlogs.Prewrite(12)));
        Assert.Contains("no online", refusal.Status.Detail, StringComparison.Ordinal);
        await client.WriteAsync(TestBinlogs.Commit(11, 30));
        await LeavingAsync(address, leaving => leaving.GetProperty("phase").GetString() == "delivering" && leaving.GetProperty("commitTS").GetUInt64() == 30);

        // No heartbeat follows: its lease runs out.
        await LeavingAsync(address, leaving => leaving.GetProperty("message").GetString()!.Contains("Drainer d at 127.0.0.1:1 is online but sends no heartbeats", StringComparison.Ordinal));
        Assert.False(running.IsCompleted);
        await RegisterDrainerAsync(first, 30);

        await running.WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
        Assert.Equal(NodeState.Offline, (await first.FindAsync(NodeRole.Pump, "pump:2")).State);
    }

    [Fact]
    public async Task Close_DeadDrainerIsSetOffline_Ends()
    {
        BinlogHost first = await StartAsync("one", "pump-1", HostRoles.Pump());
        string address = first.Pump!.Address.Address;
        await RegisterDrainerAsync(first, 0);
        using (var client = new PumpConnection(address))
        {
            await client.WriteAsync(TestBinlogs.Prewrite(1));
            await client.WriteAsync(TestBinlogs.Commit(1, 2));
        }

        Task running = first.RunAsync(Cancelled);
        await HostRoles.PutAsync(address, "/state/pump-1/close");
        Assert.Equal(ActionCodes.Refused, (await HostRoles.PutAsync(address, "/drainers/d/offline")).Code);
        Assert.Equal(ActionCodes.NotFound, (await HostRoles.PutAsync(address, "/drainers/x/offline")).Code);
        Assert.Equal(ActionCodes.Refused, (await HostRoles.PutAsync(address, "/drainers/d/online")).Code);
        using (JsonDocument drainers = await HostRoles.GetAsync(address, "/drainers"))
        {
            JsonElement drainer = Assert.Single(drainers.RootElement.EnumerateArray());
            Assert.Equal(["nodeId", "host", "state", "isAlive", "score", "label", "maxCommitTS", "updateTS"], drainer.EnumerateObject().Select(property => property.Name));
            Assert.True(drainer.GetProperty("isAlive").GetBoolean());
        }

        await Eventually.HoldsAsync("its lease has run out", async () => !(await first.FindAsync(NodeRole.Drainer, "d")).IsAlive, Cancelled);
        Assert.False(running.IsCompleted);
        Assert.Equal(("Drainer d was online and is offline now", 200), await HostRoles.PutAsync(address, "/drainers/d/offline"));

        await running.WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
    }

    [Fact]
    public async Task Cancel_WhileLeaving_TakesTransactionsAgain()
    {
        BinlogHost first = await StartAsync("one", "pump-1", HostRoles.Pump());
        string address = first.Pump!.Address.Address;
        using var client = new PumpConnection(address);
        await client.WriteAsync(TestBinlogs.Prewrite(1));
        Task running = first.RunAsync(Cancelled);
        await HostRoles.PutAsync(address, "/state/pump-1/close");
        await LeavingAsync(address, _ => true);
        await Assert.ThrowsAsync<RpcException>(() => client.WriteAsync(TestBinlogs.Prewrite(2)));

        Assert.Equal(("apply action cancel success!", 200), await HostRoles.PutAsync(address, "/state/pump-1/cancel"));

        await client.WriteAsync(TestBinlogs.Prewrite(2));
        await Eventually.HoldsAsync("the status no longer has it", async () => await TryReadLeavingAsync(address) is null, Cancelled);
        Assert.False(running.IsCompleted);
        Assert.Equal(NodeState.Online, first.Pump.State);
    }

    [Fact]
    public async Task Pause_AndBack_LosesNothing()
    {
        BinlogHost first = await StartAsync("one", "pump-1", HostRoles.Pump());
        BinlogHost second = await StartAsync("two", "pump-2", HostRoles.Pump(), join: first);
        string address = second.Pump!.Address.Address;
        using var client = new PumpConnection(address);
        await client.WriteAsync(TestBinlogs.Prewrite(10));
        await client.WriteAsync(TestBinlogs.Prewrite(11));
        await client.WriteAsync(TestBinlogs.Commit(10, 20));
        await using IAsyncEnumerator<(ulong StartTs, ulong CommitTs)> pull = client.PullAsync(0).GetAsyncEnumerator(Cancelled);
        ValueTask<bool> next = pull.MoveNextAsync();
        Task running = second.RunAsync(Cancelled);

        Assert.Equal(("apply action pause success!", 200), await HostRoles.PutAsync(address, "/state/pump-2/pause"));
        await running.WaitAsync(TimeSpan.FromMinutes(1), Cancelled);

        await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await next)
            {
                next = pull.MoveNextAsync();
            }
        });
        Assert.Equal(NodeState.Paused, (await first.FindAsync(NodeRole.Pump, "pump-2")).State);
        await second.DisposeAsync();
        BinlogHost again = await StartAsync("two", "pump-2", HostRoles.Pump(), join: first);
        Assert.Equal(NodeState.Online, (await first.FindAsync(NodeRole.Pump, "pump-2")).State);
        using var later = new PumpConnection(again.Pump!.Address.Address);
        await later.WriteAsync(TestBinlogs.Commit(11, 30));
        var pulled = new List<ulong>();
        await foreach ((ulong startTs, ulong commitTs) in later.PullAsync(0, Cancelled))
        {
            pulled.Add(startTs == commitTs ? 0 : commitTs);
            if (commitTs >= 30)
            {
                break;
            }
        }

        Assert.Equal([20UL, 30UL], pulled.Where(commitTs => commitTs > 0));
    }

    /// <summary>The name was used before; another data directory must not take its place while it runs.</summary>
    [Fact]
    public async Task Start_NodeIdOfARunningPump_Refused()
    {
        BinlogHost first = await StartAsync("one", "pump-1", HostRoles.Pump());

        var exception = await Assert.ThrowsAsync<StartFailedException>(() => HostRoles.StartAsync(_directory.Combine("two"), "pump-1", HostRoles.Pump(), join: first));

        Assert.Contains($"it is online at {first.Pump!.Address.Address}", exception.Message, StringComparison.Ordinal);
        NodeStatus entry = await first.FindAsync(NodeRole.Pump, "pump-1");
        Assert.Equal((NodeState.Online, first.Pump.Address.Address), (entry.State, entry.Host));
    }

    [Fact]
    public async Task Start_AnotherNodeIdOnTheSameData_Refused()
    {
        await (await HostRoles.StartAsync(_directory.Combine("one"), "pump-1", HostRoles.Pump())).DisposeAsync();

        var exception = await Assert.ThrowsAsync<StartFailedException>(() => HostRoles.StartAsync(_directory.Combine("one"), "pump-2", HostRoles.Pump()));

        Assert.Contains("belongs to the node pump-1", exception.Message, StringComparison.Ordinal);
        await using BinlogHost again = await HostRoles.StartAsync(_directory.Combine("one"), null, HostRoles.Pump());
        Assert.Equal("pump-1", again.Pump!.Address.NodeId);
    }

    [Fact]
    public async Task Start_NoNodeIdConfigured_NamesStayAtOtherPorts()
    {
        BinlogHost first = await HostRoles.StartAsync(_directory.Combine("one"), null, HostRoles.Pump(), HostRoles.Drainer(_directory.Path));
        (string pump, string drainer) = (first.Pump!.Address.NodeId, first.Drainer!.Address.NodeId);
        await first.DisposeAsync();

        BinlogHost again = await HostRoles.StartAsync(_directory.Combine("one"), null, HostRoles.Pump(), HostRoles.Drainer(_directory.Path));
        _hosts.Add(again);

        Assert.NotEqual(pump, drainer);
        Assert.Equal((pump, drainer), (again.Pump!.Address.NodeId, again.Drainer!.Address.NodeId));
    }

    private static Task RegisterDrainerAsync(BinlogHost host, long commitTs) =>
        host.Cluster.Registry.PutAsync(NodeRole.Drainer, new NodeStatus { NodeId = "d", Host = "127.0.0.1:1", State = NodeState.Online, MaxCommitTs = commitTs }, Cancelled);

    private static Task LeavingAsync(string address, Func<JsonElement, bool> condition) => Eventually.HoldsAsync(
        "the status says what leaving waits for",
        async () => await TryReadLeavingAsync(address) is { } leaving && condition(leaving),
        Cancelled);

    private static async Task<JsonElement?> TryReadLeavingAsync(string address)
    {
        using JsonDocument status = await HostRoles.GetAsync(address, "/status");
        return status.RootElement.TryGetProperty("leaving", out JsonElement leaving) ? leaving.Clone() : null;
    }

    private async Task<BinlogHost> StartAsync(string directory, string nodeId, Binlog.Service.Configuration.PumpOptions pump, bool withDrainer = false, BinlogHost? join = null)
    {
        BinlogHost host = await HostRoles.StartAsync(_directory.Combine(directory), nodeId, pump, withDrainer ? HostRoles.Drainer(_directory.Path) : null, join);
        _hosts.Add(host);
        return host;
    }

    private static class ActionCodes
    {
        public const int NotFound = 2;
        public const int Refused = 3;
    }
}
