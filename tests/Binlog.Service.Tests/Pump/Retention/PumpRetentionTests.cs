using System.Text.Json;
using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Retention;
using Binlog.Service.Pump.Serving;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Tests.Cluster;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;
using Binlog.TiDB;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Pump.Retention;

/// <summary>Retention as it is seen from outside, over HTTP.</summary>
public sealed class PumpRetentionTests : IAsyncDisposable
{
    private const long Each = 10L << 20;
    private static readonly HttpClient Http = new();
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly TemporaryDirectory _directory = new();
    private readonly SkippingTimeProvider _time = new(TimeSpan.Zero);
    private readonly FakeRegistry _registry = new();
    private readonly FakeRetainedStore _store;
    private PumpRetention? _retention;
    private NodeServer? _server;

    public PumpRetentionTests() => _store = FakeRetainedStore.Daily(_time.GetUtcNow(), days: 20, Each);

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        if (_retention is not null)
        {
            await _retention.DisposeAsync();
        }

        _directory.Dispose();
    }

    [Fact]
    public async Task Retention_AfterAPass_SaysHowThingsStand()
    {
        ulong position = Tso.FromDateTimeOffset(_time.GetUtcNow().AddDays(-10)).Value;
        _registry.Add(NodeRole.Drainer, new NodeStatus { NodeId = "slow", Host = "slow:8249", State = NodeState.Paused, MaxCommitTs = (long)position });
        await StartAsync(new PumpOptions { StopWriteAtAvailableSpaceBytes = 1, Retention = new RetentionOptions { WarnAtAvailableSpaceBytes = 2 } });
        await Eventually.HoldsAsync("the first pass", () => _retention!.Status is { LastPass: not null, Drainers.Count: 1 }, Token);

        using JsonDocument json = JsonDocument.Parse(await Http.GetStringAsync(Address("/retention"), Token));

        JsonElement root = json.RootElement;
        Assert.Equal(
            ["problem", "bytes", "oldestCommitTs", "oldestTime", "newestCommitTs", "newestTime", "limits", "disk", "growth", "drainersError", "drainers", "lastPass", "sinceStart"],
            root.EnumerateObject().Select(property => property.Name));
        Assert.Equal("", root.GetProperty("problem").GetString());
        Assert.Equal(10 * Each, root.GetProperty("bytes").GetInt64());
        Assert.Equal(position, root.GetProperty("oldestCommitTs").GetUInt64());
        Assert.Equal(_time.GetUtcNow().AddDays(-10), root.GetProperty("oldestTime").GetDateTimeOffset());
        Assert.Equal(604800, root.GetProperty("limits").GetProperty("ageSeconds").GetDouble());
        Assert.Equal("keep", root.GetProperty("limits").GetProperty("drainers").GetString());
        Assert.Equal("enough", root.GetProperty("disk").GetProperty("state").GetString());
        Assert.InRange(root.GetProperty("disk").GetProperty("availableBytes").GetInt64(), 3, long.MaxValue);
        Assert.Equal(JsonValueKind.Null, root.GetProperty("growth").GetProperty("hoursUntilFull").ValueKind);
        JsonElement drainer = Assert.Single(root.GetProperty("drainers").EnumerateArray());
        Assert.Equal(("slow", "paused", 864000.0), (drainer.GetProperty("nodeId").GetString(), drainer.GetProperty("state").GetString(), drainer.GetProperty("lagSeconds").GetDouble()));
        Assert.InRange(drainer.GetProperty("heldBackBytes").GetInt64(), 2 * Each, 4 * Each);
        Assert.StartsWith("removed 11 segments", root.GetProperty("lastPass").GetProperty("result").GetString(), StringComparison.Ordinal);
        Assert.Equal(11, root.GetProperty("sinceStart").GetProperty("removedSegments").GetInt64());
    }

    [Fact]
    public async Task Trigger_Idle_MakesAPassAndAnswersAsTheOriginal()
    {
        await StartAsync(new PumpOptions { StopWriteAtAvailableSpaceBytes = 0 });
        await Eventually.HoldsAsync("the first pass", () => _retention!.Status.LastPass is not null, Token);

        await Eventually.HoldsAsync("the trigger is taken", async () => await TriggerAsync() == "trigger gc success\n", Token);

        await Eventually.HoldsAsync("the pass that was asked for", () => _retention!.Status.LastPass is { Trigger: "on demand" }, Token);
    }

    [Fact]
    public async Task Trigger_Working_SaysSo()
    {
        _store.Hold = new TaskCompletionSource().Task;
        await StartAsync(new PumpOptions { StopWriteAtAvailableSpaceBytes = 0 });

        await Eventually.HoldsAsync("a pass works", async () => await TriggerAsync() == "gc is working\n", Token);

        Assert.Equal("gc is working\n", await TriggerAsync());
    }

    [Fact]
    public async Task Status_DiskFullAndADrainerBehind_NamesBothAndCountsRefusals()
    {
        _registry.Add(NodeRole.Drainer, new NodeStatus { NodeId = "slow", Host = "slow:8249", State = NodeState.Paused, MaxCommitTs = 5 });
        DiskSpaceGuard guard = await StartAsync(new PumpOptions { StopWriteAtAvailableSpaceBytes = 1L << 49 });
        Assert.NotNull(guard.Refusal(0));
        await Eventually.HoldsAsync("the Drainers are known", () => _retention!.Status.Drainers.Count == 1, Token);

        RetentionStatus status = _retention!.Status;

        Assert.Equal((DiskState.Full, 1L), (status.Disk.State, status.RefusedWrites));
        Assert.Contains("writes are refused", status.Problem, StringComparison.Ordinal);
        Assert.Contains("the Drainer slow holds back about", status.Problem, StringComparison.Ordinal);
    }

    /// <summary>The max commit TS stands still then, so the limit of age asks for nothing and the store grows.</summary>
    [Fact]
    public async Task Status_OrderHeldForTooLong_IsNamedBesideTheDisk()
    {
        _store.Held = new HeldOrder(7, 0, PumpRecordKind.Prewrite, default, _time.GetUtcNow());
        await StartAsync(new PumpOptions { StopWriteAtAvailableSpaceBytes = 1L << 49, HeldOrderWarning = TimeSpan.FromSeconds(30) });
        await Eventually.HoldsAsync("the disk is known", () => _retention!.Status.Disk.State == DiskState.Full, Token);
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.DoesNotContain("start TS 7", _retention!.Status.Problem, StringComparison.Ordinal);

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.StartsWith("writes are refused", _retention.Status.Problem, StringComparison.Ordinal);
        Assert.Contains("; waits for the outcome of the transaction of start TS 7, since 2024-05-06T07:08:09Z", _retention.Status.Problem, StringComparison.Ordinal);
    }

    private async Task<DiskSpaceGuard> StartAsync(PumpOptions options)
    {
        var guard = new DiskSpaceGuard(_directory.Path, options.StopWriteAtAvailableSpaceBytes, _time);
        _retention = PumpRetention.Start(_store, _registry, options, _directory.Path, guard, _time, NullLogger.Instance);
        _server = await NodeServer.StartAsync(
            new NodeServerOptions { Key = "test", Listen = new HostPort("127.0.0.1", 0), Endpoints = _retention.Endpoints }, NullLoggerFactory.Instance, Token);
        return guard;
    }

    private async Task<string> TriggerAsync()
    {
        using HttpResponseMessage response = await Http.PostAsync(Address("/debug/gc/trigger"), null, Token);
        return await response.Content.ReadAsStringAsync(Token);
    }

    private Uri Address(string path) => new($"http://{_server!.BoundAddress}{path}");
}
