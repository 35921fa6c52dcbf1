using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Measuring;
using Binlog.Service.Pump.Retention;
using Binlog.Service.Tests.Metrics;
using Binlog.Service.Tests.Pump.Serving;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TestKit.Waiting;
using Binlog.TiDB;
using Binlog.TiDB.Contracts;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Pump.Measuring;

public sealed class PumpMetricsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Scrape_WholePump_HasEveryNameOfTheOriginal()
    {
        await using BinlogHost host = await StartAsync();
        using var http = new HttpClient();

        using HttpResponseMessage response = await http.GetAsync(new Uri($"http://{host.Pump!.Address.Address}/metrics"), Cancelled);
        string text = await response.Content.ReadAsStringAsync(Cancelled);

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Dictionary<string, ParsedMetric> metrics = ExpositionParser.Parse(text);
        Assert.Equal(0, metrics.Value("binlog_metrics_unreadable_total"));
        (string Name, string Kind)[] expected =
        [
            ("binlog_pump_rpc_duration_seconds", "histogram"), ("binlog_pump_loss_binlog_count", "counter"),
            ("binlog_pump_detected_drainer_binlog_purge_count", "counter"), ("binlog_pump_storage_gc_ts", "gauge"),
            ("binlog_pump_storage_done_gc_ts", "gauge"), ("binlog_pump_storage_max_commit_ts", "gauge"),
            ("binlog_pump_storage_deleted_kv_total", "counter"), ("binlog_pump_storage_storage_size_bytes", "gauge"),
            ("binlog_pump_storage_query_tikv_count", "counter"), ("binlog_pump_storage_error_count", "counter"),
            ("binlog_pump_storage_write_binlog_size", "histogram"), ("binlog_pump_storage_write_binlog_duration_time", "histogram"),
            ("binlog_pump_storage_slow_chaser_count", "counter"), ("binlog_drainer_slow_chaser_catchup_time_seconds", "histogram"),
            ("process_cpu_seconds_total", "counter"), ("process_resident_memory_bytes", "gauge"), ("process_start_time_seconds", "gauge"),
        ];
        Assert.All(expected, metric => Assert.Equal(metric.Kind, metrics[metric.Name].Kind));
        Assert.True(metrics.Value("binlog_pump_storage_storage_size_bytes", "binlog_pump_storage_storage_size_bytes{type=\"capacity\"}") > 0);
        Assert.Equal(
            ["batch_write_kv", "feed_pre_write_value", "read_value", "write_binlog", "write_binlog_batch"],
            metrics["binlog_pump_storage_error_count"].Samples.Keys.Select(key => key.Split('"')[1]).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["batch", "fsync", "rotate", "single", "to_disk"],
            metrics["binlog_pump_storage_write_binlog_duration_time"].Samples.Keys.Where(key => key.Contains("_count{", StringComparison.Ordinal)).Select(key => key.Split('"')[1]));
    }

    /// <summary>Bounds are label values: dashboards and recording rules name them.</summary>
    [Theory]
    [InlineData("binlog_pump_rpc_duration_seconds", "5e-05", "6.5536", 19)]
    [InlineData("binlog_pump_storage_write_binlog_size", "16", "2.68435456e+08", 26)]
    [InlineData("binlog_pump_storage_write_binlog_duration_time", "5e-05", "26.2144", 21)]
    [InlineData("binlog_drainer_slow_chaser_catchup_time_seconds", "0.001", "2097.152", 23)]
    public void Buckets_Always_AreThoseOfTheOriginal(string name, string first, string last, int count)
    {
        var metrics = new PumpMetrics();
        metrics.RpcDurations.With("WriteBinlog", "succ");

        string[] bounds = [.. ExpositionParser.Parse(metrics.Registry.Write())[name].Samples.Keys
            .Where(key => key.Contains("le=", StringComparison.Ordinal))
            .Select(key => key.Split("le=\"")[1].TrimEnd('}', '"')).Distinct()];

        Assert.Equal((first, last, "+Inf", count), (bounds[0], bounds[^2], bounds[^1], bounds.Length));
    }

    [Fact]
    public async Task Calls_WritesAndPulls_AreMeasuredByOutcome()
    {
        await using RunningPump pump = await RunningPump.StartAsync();
        await pump.WriteAsync(TestBinlogs.Prewrite(1));
        await pump.WriteAsync(TestBinlogs.Commit(1, 2));
        await pump.RefusalOfAsync(TestBinlogs.Prewrite(3), clusterId: 8);
        using (AsyncServerStreamingCall<PullBinlogResp> pull = pump.Pull(0))
        {
            Assert.True(await pull.ResponseStream.MoveNext(Cancelled));
            Assert.Equal(1, pump.Metrics.Pullers.Value);
        }

        await Eventually.HoldsAsync("the pull's end", () => pump.Metrics.Pullers.Value == 0 && pump.Metrics.RpcDurations.With("PullBinlogs", "succ").Count == 1, Cancelled);
        Assert.Equal(2, pump.Metrics.RpcDurations.With("WriteBinlog", "succ").Count);
        Assert.Equal(1, pump.Metrics.RpcDurations.With("WriteBinlog", "fail").Count);
        Assert.Equal(0, pump.Metrics.RpcDurations.With("PullBinlogs", "fail").Count);
        Assert.Equal(2, pump.Metrics.WriteDuration.Count);
        Assert.InRange(pump.Metrics.PulledBytes.Value, TestBinlogs.Prewrite(1).Length, 200);
    }

    [Fact]
    public async Task Storage_Writes_AreMeasuredInGroupsAndSegments()
    {
        await using BinlogHost host = await StartAsync();
        using var connection = new PumpConnection(host.Pump!.Address.Address);
        ulong ts = Tso.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddHours(1)).Value;
        await connection.WriteAsync(TestBinlogs.Prewrite(ts, padding: 700_000));
        await connection.WriteAsync(TestBinlogs.Commit(ts, ts + 1));
        await connection.WriteAsync(TestBinlogs.Prewrite(ts + 2, padding: 700_000));
        await connection.WriteAsync(TestBinlogs.Commit(ts + 2, ts + 3));
        await using (var pulled = connection.PullAsync(ts, Cancelled).GetAsyncEnumerator(Cancelled))
        {
            Assert.True(await pulled.MoveNextAsync());
        }

        using var http = new HttpClient();
        Dictionary<string, ParsedMetric> metrics = ExpositionParser.Parse(await http.GetStringAsync(new Uri($"http://{host.Pump.Address.Address}/metrics"), Cancelled));

        const string duration = "binlog_pump_storage_write_binlog_duration_time";
        Assert.Equal(4, metrics.Value(duration, duration + "_count{type=\"single\"}"));
        Assert.True(metrics.Value(duration, duration + "_count{type=\"rotate\"}") >= 1);
        double groups = metrics.Value(duration, duration + "_count{type=\"batch\"}");
        Assert.True(groups >= 4);
        Assert.Equal(groups, metrics.Value(duration, duration + "_count{type=\"fsync\"}"));
        Assert.True(metrics.Value(duration, duration + "_sum{type=\"fsync\"}") > 0);
        const string size = "binlog_pump_storage_write_binlog_size";
        Assert.True(metrics.Value(size, size + "_sum{type=\"batch\"}") > 1_400_000);
        Assert.True(metrics.Value("binlog_pump_storage_max_commit_ts") >= new Tso(ts + 1).PhysicalMilliseconds);
    }

    [Fact]
    public async Task Scrape_UndecidedPrewrite_ShowsWhatIsHeld()
    {
        await using BinlogHost host = await StartAsync();
        using var connection = new PumpConnection(host.Pump!.Address.Address);
        await connection.WriteAsync(TestBinlogs.Prewrite(5));
        using var http = new HttpClient();

        await Eventually.HoldsAsync("a held order in the metrics", async () => (await ScrapeAsync(http, host)).Value("binlog_pump_order_held_seconds") > 0, Cancelled);
        Dictionary<string, ParsedMetric> metrics = await ScrapeAsync(http, host);

        Assert.Equal(1, metrics.Value("binlog_pump_undecided_prewrites"));
        Assert.True(metrics.Value("binlog_pump_store_bytes") > TestBinlogs.Prewrite(5).Length);
        Assert.Equal(0, metrics.Value("binlog_pump_storage_deleted_kv_total"));
        Assert.Contains("found: Prewrite\nstart TS: 5 (", await http.GetStringAsync(new Uri($"http://{host.Pump.Address.Address}/debug/binlog/5"), Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public void Retention_Running_IsInTheScrape()
    {
        var metrics = new PumpMetrics();
        Dictionary<string, ParsedMetric> before = ExpositionParser.Parse(metrics.Registry.Write());
        var status = new RetentionStatus
        {
            Bytes = 1, OldestCommitTs = 1, MaxCommitTs = 3, WantedCommitTs = 1000UL << 18, Limits = new RetentionOptions(),
            Disk = new DiskReading(DiskState.Enough, new DiskSpace(1000, 500), 0, 100, null), RefusedWrites = 4, Growth = new GrowthRate(100, 50),
            Drainers = [new DrainerLag(new DrainerPosition("d-1", "d:1", NodeState.Paused, 2), null, 55, false, false)], DrainersFailure = null, EndangeredCounts = new Dictionary<string, long> { ["d-1"] = 2 },
            Counts = new RetentionCounts { RemovedBytes = 77 }, LastPass = null,
        };
        metrics.Retention = () => status;

        Dictionary<string, ParsedMetric> after = ExpositionParser.Parse(metrics.Registry.Write());

        Assert.Equal(0, before.Value("binlog_pump_storage_gc_ts"));
        Assert.Empty(before["binlog_pump_hours_until_full"].Samples);
        Assert.Equal(1000, after.Value("binlog_pump_storage_gc_ts"));
        Assert.Equal(2, after.Value("binlog_pump_detected_drainer_binlog_purge_count", "binlog_pump_detected_drainer_binlog_purge_count{id=\"d-1\"}"));
        Assert.Equal(status.HoursUntilFull, after.Value("binlog_pump_hours_until_full"));
        Assert.Equal(status.HoursUntilStopWrite, after.Value("binlog_pump_hours_until_stop_write"));
        Assert.True(status.HoursUntilStopWrite < status.HoursUntilFull);
        Assert.Equal(2, after.Value("binlog_pump_drainer_position", "binlog_pump_drainer_position{id=\"d-1\"}"));
        Assert.Equal(55, after.Value("binlog_pump_drainer_held_back_bytes", "binlog_pump_drainer_held_back_bytes{id=\"d-1\"}"));
        Assert.Equal((4, 77), (after.Value("binlog_pump_refused_writes_total"), after.Value("binlog_pump_removed_bytes_total")));
    }

    private static async Task<Dictionary<string, ParsedMetric>> ScrapeAsync(HttpClient http, BinlogHost host) =>
        ExpositionParser.Parse(await http.GetStringAsync(new Uri($"http://{host.Pump!.Address.Address}/metrics"), Cancelled));

    private Task<BinlogHost> StartAsync() => BinlogHost.StartAsync(
        new HostOptions
        {
            DataDir = _directory.Path,
            NodeId = "pump-1",
            Cluster = new ClusterOptions { Id = StoreDriver.ClusterId },
            Pump = new PumpOptions { Listen = new HostPort("127.0.0.1", 0), StopWriteAtAvailableSpaceBytes = 0, SegmentSizeBytes = 1 << 20 },
        },
        TimeProvider.System,
        NullLoggerFactory.Instance,
        Cancelled);
}
