using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Measuring;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Tests.Drainer.Collecting;
using Binlog.Service.Tests.Drainer.Merging;
using Binlog.Service.Tests.Metrics;
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
        var progress = new ApplyProgress();
        await using var collector = new Collector(registry, new Merger(100, OpenFence.Create(), NullLogger.Instance), _ => pump, new InstantTimeProvider(), NullLogger.Instance);
        await collector.RefreshAsync(Token);
        pump.Send(FakePump.Transaction(CommitTs));
        while (collector.Sources[0].LastTs < CommitTs)
        {
            await Task.Yield();
        }

        progress.Applied.Add(RowCounts.Of([Row(RowChangeKind.Insert), Row(RowChangeKind.Insert), Row(RowChangeKind.Update), Row(RowChangeKind.Delete)]));
        progress.Add(CommitTs - 1, 2, 4, 0, DateTimeOffset.UnixEpoch);
        progress.Add(CommitTs, 0, 0, 1, DateTimeOffset.UnixEpoch);
        Dictionary<string, ParsedMetric> metrics = ExpositionParser.Parse(DrainerMetrics.Create(() => collector, progress).Write());

        Assert.Equal(0, metrics.Value("binlog_metrics_unreadable_total"));
        Assert.Equal(CommitTs >> 18, metrics.Value("binlog_drainer_checkpoint_tso"));
        Assert.Equal(CommitTs >> 18, metrics.Value("binlog_drainer_pump_position", "binlog_drainer_pump_position{nodeID=\"a\"}"));
        Assert.Equal(1, metrics.Value("binlog_drainer_ddl_jobs_total"));
        Assert.Equal(
            [("Insert", 2), ("Update", 1), ("Delete", 1), ("DDL", 1), ("savepoint", 2)],
            metrics["binlog_drainer_event"].Samples.Select(sample => (sample.Key.Split('"')[1], (int)sample.Value)));
        Assert.Equal(0, metrics.Value("binlog_drainer_error_count", "binlog_drainer_error_count{type=\"unmarshal_binlog\"}"));
    }

    private static RowChange Row(RowChangeKind kind) => new(null!, kind, -1, -1, 1);
}
