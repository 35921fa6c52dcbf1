using System.Text.Json;
using Binlog.Cluster;
using Binlog.Grpc;
using Binlog.Service.Configuration;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Applying.Large;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Drainer.Serving;
using Binlog.Service.Hosting;
using Binlog.Service.Hosting.Http;
using Binlog.Service.Membership;
using Binlog.Service.Tests.Drainer.Collecting;
using Binlog.Service.Tests.Drainer.Relaying;
using Binlog.TiDB.Contracts;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using CisternContract = Binlog.Cluster.Contracts.Cistern;

namespace Binlog.Service.Tests.Drainer.Serving;

/// <summary>What a Drainer answers on its port.</summary>
public sealed class DrainerServingTests : IAsyncLifetime
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly FakeRegistry _registry = new();
    private readonly FakePump _pump = new();
    private readonly ApplyProgress _progress = new();
    private readonly InstantTimeProvider _time = new();
    private readonly RelayFolder _folder = new();
    private long? _term = 1;
    private Collector _collector = null!;
    private Relay _relay = null!;
    private NodeServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _relay = await _folder.OpenAsync();
        var fence = new MergeFence(() => _term);
        fence.EndLook(fence.BeginLook());
        _collector = new Collector(_registry, new Merger(100, fence, NullLogger.Instance), _ => _pump, TestMemory.Create(), _time, NullLogger.Instance);
        _server = await NodeServer.StartAsync(
            new NodeServerOptions
            {
                Key = "drainer.listen",
                Listen = new HostPort("127.0.0.1", 0),
                Services = [CisternContract.BindService(new CisternService(() => _collector))],
                Endpoints =
                [
                    HttpEndpoint.Get("/status", new DrainerStatusEndpoint(_collector, _relay, _progress, () => null, _time).HandleAsync),
                    HttpEndpoint.Get("/commit_ts", new CommitTsEndpoint(_progress).HandleAsync),
                ],
            },
            NullLoggerFactory.Instance,
            Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _collector.DisposeAsync();
        await _relay.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Status_AtTheStart_HasTheFieldsOfTheOriginal()
    {
        using JsonDocument status = await StatusAsync();

        Assert.Equal(["PumpPos", "Synced", "LastTS", "TsMap", "ErrMsg", "Consistency", "SafeMode"], status.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Empty(status.RootElement.GetProperty("PumpPos").EnumerateObject());
        Assert.False(status.RootElement.GetProperty("Synced").GetBoolean());
        Assert.Equal(0UL, status.RootElement.GetProperty("LastTS").GetUInt64());
        Assert.Equal("", status.RootElement.GetProperty("TsMap").GetString());
        Assert.Equal("", status.RootElement.GetProperty("ErrMsg").GetString());
    }

    [Fact]
    public async Task Status_AtWork_HasPositionsAndApplied()
    {
        _registry.Nodes = [FakeRegistry.Pump("a")];
        await _collector.RefreshAsync(Token);
        _pump.Send(FakePump.Transaction(470606488562302981));
        while (_collector.Sources[0].LastTs < 470606488562302981)
        {
            await Task.Yield();
        }

        _progress.Add(470606488562302980, 1, 1, 0, _time.GetUtcNow());
        using JsonDocument status = await StatusAsync();
        Assert.Equal(470606488562302981UL, status.RootElement.GetProperty("PumpPos").GetProperty("a").GetUInt64());
        Assert.Equal(470606488562302980UL, status.RootElement.GetProperty("LastTS").GetUInt64());
        Assert.False(status.RootElement.GetProperty("Synced").GetBoolean());

        _time.Advance(TimeSpan.FromMinutes(6));
        using JsonDocument later = await StatusAsync();
        Assert.True(later.RootElement.GetProperty("Synced").GetBoolean());
    }

    [Fact]
    public async Task Status_LargeTransactionUnderWay_SaysHowFarItIs()
    {
        var large = new LargeTransactionUnderWay(470606488562302980, 2_000_000_000, _time.GetUtcNow()) { Stage = LargeStage.Executing };
        large.AddRows(4000);
        _progress.Large = large;
        using JsonDocument status = await StatusAsync();

        JsonElement shown = status.RootElement.GetProperty("LargeTransaction");
        Assert.Equal(470606488562302980UL, shown.GetProperty("CommitTS").GetUInt64());
        Assert.Equal((2_000_000_000L, "executing", 4000L, 1), (shown.GetProperty("Bytes").GetInt64(), shown.GetProperty("Stage").GetString(), shown.GetProperty("RowsExecuted").GetInt64(), shown.GetProperty("Attempt").GetInt32()));

        string page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "operations", "large-transactions.md"), Token);
        JsonElement documented = JsonElement.Parse($"{{{page.Split("```json")[1].Split("```")[0]}}}").GetProperty("LargeTransaction");
        Assert.Equal(documented.EnumerateObject().Select(property => property.Name), shown.EnumerateObject().Select(property => property.Name));
        Assert.Equal(documented.GetProperty("Stage").GetString(), shown.GetProperty("Stage").GetString());

        _progress.Large = null;
        using JsonDocument later = await StatusAsync();
        Assert.False(later.RootElement.TryGetProperty("LargeTransaction", out _));
    }

    [Fact]
    public async Task Status_SomethingFails_SaysWhatFirst()
    {
        _pump.Refusal = new RpcException(new Status(StatusCode.Unavailable, "connection refused"));
        _registry.Nodes = [FakeRegistry.Pump("a")];
        await _collector.RefreshAsync(Token);
        while (_collector.Sources[0].Failure is null)
        {
            await Task.Yield();
        }

        Assert.Equal("waits for Pump a at a:8250: Unavailable: connection refused", await ErrorAsync());
        _relay.Failure = "the disk is full";
        Assert.Equal("the disk is full", await ErrorAsync());
        _progress.Failure = "the target is away";
        Assert.Equal("the target is away", await ErrorAsync());
    }

    [Fact]
    public async Task Status_PumpIsSilent_IsNamedWithinTenSecondsWhenItHasMore()
    {
        _registry.Nodes = [FakeRegistry.Pump("a") with { IsAlive = true, MaxCommitTs = 150 }];
        await _collector.RefreshAsync(Token);
        while (_pump.Pulls.IsEmpty)
        {
            await Task.Yield();
        }

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("", await ErrorAsync());
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("waits for Pump a at a:8250: it is connected and has sent nothing for 7 s, since commit TS 100", await ErrorAsync());

        _pump.Send(FakePump.Fake(150));
        while (_collector.Sources[0].LastTs < 150)
        {
            await Task.Yield();
        }

        Assert.True(_collector.Sources[0].Queue.TryRead(out _));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("", await ErrorAsync());

        _registry.Nodes = [FakeRegistry.Pump("a")];
        await _collector.RefreshAsync(Token);
        Assert.EndsWith("since commit TS 150; the registry takes it for dead", await ErrorAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_Paused_SaysSinceWhenAndIsNotSynced()
    {
        _time.Advance(TimeSpan.FromMinutes(6));
        _progress.Pause.Begin(new DateTimeOffset(2024, 5, 6, 7, 8, 9, TimeSpan.Zero));
        using (JsonDocument status = await StatusAsync())
        {
            JsonElement paused = status.RootElement.GetProperty("Paused");
            Assert.Equal("2024-05-06T07:08:09+00:00", paused.GetProperty("Since").GetString());
            Assert.False(paused.GetProperty("IsStill").GetBoolean());
            Assert.Contains("since 2024-05-06 07:08:09 UTC; the last transactions are still under way.", paused.GetProperty("Message").GetString(), StringComparison.Ordinal);
            Assert.False(status.RootElement.GetProperty("Synced").GetBoolean());
        }

        _progress.Pause.NoteStill();
        using (JsonDocument status = await StatusAsync())
        {
            Assert.True(status.RootElement.GetProperty("Paused").GetProperty("IsStill").GetBoolean());
        }

        _progress.Pause.End(_time.GetUtcNow());
        using (JsonDocument status = await StatusAsync())
        {
            Assert.False(status.RootElement.TryGetProperty("Paused", out _));
            Assert.True(status.RootElement.GetProperty("Synced").GetBoolean());
        }
    }

    [Fact]
    public async Task CommitTs_Always_HasTheFormOfTheOriginal()
    {
        _progress.Add(470606488562302980, 1, 1, 0, _time.GetUtcNow());
        using var http = new HttpClient();

        string answer = await http.GetStringAsync(new Uri($"http://{_server.BoundAddress}/commit_ts"), Token);

        using JsonDocument json = JsonDocument.Parse(answer);
        using JsonDocument original = JsonDocument.Parse("""{"message":"get drainer's latest ts success!","code":200,"data":{"ts":470606488562302980}}""");
        Assert.True(JsonElement.DeepEquals(original.RootElement, json.RootElement), answer);
        Assert.Contains("drainer's", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_MergeIsHeld_SaysForWhat()
    {
        _registry.Nodes = [FakeRegistry.Pump("a")];
        await _collector.RefreshAsync(Token);
        _term = null;
        Assert.Equal("merging waits until the registry has heard this Drainer and named the Pumps, because a Pump may have started meanwhile", await ErrorAsync());

        _registry.Failures.Enqueue(new ClusterException("x does not answer", isTransient: true));
        await Assert.ThrowsAsync<ClusterException>(() => _collector.RefreshAsync(Token));
        Assert.Equal("the registry can't be reached: merging waits, because a Pump may have started meanwhile: x does not answer", await ErrorAsync());

        _term = 2;
        await _collector.RefreshAsync(Token);
        Assert.Equal("", await ErrorAsync());
    }

    [Fact]
    public async Task Status_PumpHasRemovedWhatIsNeeded_SaysThatItStopsAndWhy()
    {
        _pump.Refusal = new RpcException(new Status(StatusCode.OutOfRange, "those up to 500 have been removed by retention"));
        _registry.Nodes = [FakeRegistry.Pump("a")];
        await _collector.RefreshAsync(Token);
        while (!_collector.Sources[0].IsOver)
        {
            await Task.Yield();
        }

        Assert.Equal("stops: the Pump a at a:8250 refuses to be pulled after commit TS 100: those up to 500 have been removed by retention", await ErrorAsync());
    }

    [Fact]
    public async Task Notify_NewPump_IsASourceWhenTheAnswerComes()
    {
        _registry.Nodes = [FakeRegistry.Pump("a"), FakeRegistry.Pump("b")];
        await NotifyAsync();

        Assert.Equal(["a", "b"], _collector.Sources.Select(source => source.NodeId));
    }

    [Fact]
    public async Task Notify_RegistryAway_IsUnavailableWithTheReason()
    {
        _registry.Failures.Enqueue(new ClusterException("the registry at x does not answer", isTransient: true));

        RpcException error = await Assert.ThrowsAsync<RpcException>(NotifyAsync);
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("the registry at x does not answer", error.Status.Detail, StringComparison.Ordinal);
        Assert.True(DrainerAnswer.Is(error));
    }

    private async Task NotifyAsync()
    {
        using GrpcChannel channel = GrpcChannel.ForAddress($"http://{_server.BoundAddress}", new GrpcChannelOptions());
        using AsyncUnaryCall<NotifyResp> call = new CisternContract.CisternClient(channel).NotifyAsync(new NotifyReq(), cancellationToken: Token);
        await call.ResponseAsync;
    }

    private async Task<string?> ErrorAsync()
    {
        using JsonDocument status = await StatusAsync();
        return status.RootElement.GetProperty("ErrMsg").GetString();
    }

    private async Task<JsonDocument> StatusAsync()
    {
        using var http = new HttpClient();
        using HttpResponseMessage response = await http.GetAsync(new Uri($"http://{_server.BoundAddress}/status"), Token);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token));
    }
}
