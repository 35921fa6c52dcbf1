using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Measuring;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Metrics;
using Binlog.Service.Tests.Drainer.Collecting;
using Binlog.Service.Tests.Drainer.Merging;
using Binlog.Service.Tests.Drainer.Relaying;
using Binlog.Service.Tests.Drainer.Schema;
using Binlog.Service.Tests.Metrics;
using Binlog.TiDB;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Measuring;

public sealed class DrainerMetricsTests
{
    private const ulong CommitTs = 470606488562302981;

    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scrape_AtWork_HasPositionsAndWhatWasApplied()
    {
        var registry = new FakeRegistry { Nodes = [FakeRegistry.Pump("a")] };
        var pump = new FakePump();
        var metered = new MetricRegistry();
        var time = new InstantTimeProvider();
        var progress = new ApplyProgress { Timings = new ApplyTimings(metered) };
        using var folder = new RelayFolder();
        await using Relay relay = await folder.OpenAsync();
        var merger = new Merger(100, OpenFence.Create(), NullLogger.Instance);
        await using var collector = new Collector(registry, merger, _ => pump, TestMemory.Create(), time, NullLogger.Instance) { Arrivals = new PumpArrivals(metered, time).Of };
        await collector.RefreshAsync(Token);
        pump.Send(FakePump.Transaction(CommitTs));
        while (collector.Sources[0].LastTs < CommitTs)
        {
            await Task.Yield();
        }

        progress.Applied.Add(RowCounts.Of([Row(RowChangeKind.Insert), Row(RowChangeKind.Insert), Row(RowChangeKind.Update), Row(RowChangeKind.Delete)]));
        progress.Add(CommitTs - 1, 2, 4, 0, DateTimeOffset.UnixEpoch);
        progress.Add(CommitTs, 0, 0, 1, DateTimeOffset.UnixEpoch);
        await new RelayWriter(relay, new FakeSchemaHistory(), time, NullLogger.Instance).WriteAsync([RelayFolder.Transaction(CommitTs)], Token);
        time.Advance(new Tso(CommitTs).ToDateTimeOffset() + TimeSpan.FromSeconds(3) - time.GetUtcNow());
        progress.Timings.Moved(CommitTs, time.GetUtcNow());
        progress.Timings.Execute.Observe(0.001);
        progress.Timings.Statements.Observe(0.001);
        progress.Timings.Commit.Observe(0.001);
        DrainerMetrics.Register(metered, collector, merger, relay, progress, time);
        Dictionary<string, ParsedMetric> metrics = ExpositionParser.Parse(metered.Write());

        Assert.Equal(0, metrics.Value("binlog_metrics_unreadable_total"));
        Assert.Equal(CommitTs >> 18, metrics.Value("binlog_drainer_checkpoint_tso"));
        Assert.Equal(CommitTs >> 18, metrics.Value("binlog_drainer_pump_position", "binlog_drainer_pump_position{nodeID=\"a\"}"));
        Assert.Equal(1, metrics.Value("binlog_drainer_ddl_jobs_total"));
        Assert.Equal(
            [("Insert", 2), ("Update", 1), ("Delete", 1), ("DDL", 1), ("savepoint", 2)],
            metrics["binlog_drainer_event"].Samples.Select(sample => (sample.Key.Split('"')[1], (int)sample.Value)));
        Assert.Equal(1, metrics.Value("binlog_drainer_queue_size", "binlog_drainer_queue_size{name=\"syncer_input\"}"));
        Assert.Equal(relay.BacklogBytes(), metrics.Value("binlog_drainer_relay_backlog_bytes"));
        Assert.Equal(["pulled", "merged", "relayed", "applied"], metrics["binlog_drainer_stage_lag_seconds"].Samples.Select(sample => sample.Key.Split('"')[1]));
        Assert.Equal(3, metrics.Value("binlog_drainer_stage_lag_seconds", "binlog_drainer_stage_lag_seconds{stage=\"applied\"}"));
        Assert.Equal((1, 3), (metrics.Value("binlog_drainer_checkpoint_delay_seconds", "binlog_drainer_checkpoint_delay_seconds_count"), metrics.Value("binlog_drainer_checkpoint_delay_seconds", "binlog_drainer_checkpoint_delay_seconds_sum")));
        Assert.Equal(8, metrics.Value("binlog_drainer_read_binlog_size", "binlog_drainer_read_binlog_size_sum{nodeID=\"a\"}"));
        Assert.Equal(1, metrics.Value("binlog_drainer_binlog_reach_duration_time", "binlog_drainer_binlog_reach_duration_time_count{nodeID=\"a\"}"));
        Assert.Equal(1, metrics.Value("binlog_drainer_execute_duration_time", "binlog_drainer_execute_duration_time_count"));
        Assert.Equal(1, metrics.Value("binlog_drainer_query_duration_time", "binlog_drainer_query_duration_time_count{type=\"exec\"}"));
        Assert.Equal(1, metrics.Value("binlog_drainer_query_duration_time", "binlog_drainer_query_duration_time_count{type=\"commit\"}"));
        Assert.Equal(0, metrics.Value("binlog_drainer_error_count", "binlog_drainer_error_count{type=\"unmarshal_binlog\"}"));
    }

    private static RowChange Row(RowChangeKind kind) => new(null!, kind, -1, -1, 1);
}
