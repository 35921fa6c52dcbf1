using Binlog.Service.Metrics;

namespace Binlog.Service.Tests.Metrics;

public sealed class MetricRegistryTests
{
    private readonly MetricRegistry _registry = new();

    [Fact]
    public void Write_EveryKind_IsTheTextFormat()
    {
        _registry.Counter("c_total", "Help with \\ and\nnew line.").Add(3);
        _registry.Gauge("g", "A gauge.").Set(-1.5);
        _registry.Counters("l_total", "Labels.", "type", "other").With("a\"b\\c\nd", "x").Increment();
        _registry.Histogram("h", "A histogram.", [0.5, 1]).Observe(1);

        Assert.Equal(
            """
            # HELP binlog_metrics_unreadable_total Metrics that were left out of a scrape because their value could not be read.
            # TYPE binlog_metrics_unreadable_total counter
            binlog_metrics_unreadable_total 0
            # HELP c_total Help with \\ and\nnew line.
            # TYPE c_total counter
            c_total 3
            # HELP g A gauge.
            # TYPE g gauge
            g -1.5
            # HELP h A histogram.
            # TYPE h histogram
            h_bucket{le="0.5"} 0
            h_bucket{le="1"} 1
            h_bucket{le="+Inf"} 1
            h_sum 1
            h_count 1
            # HELP l_total Labels.
            # TYPE l_total counter
            l_total{type="a\"b\\c\nd",other="x"} 1

            """,
            _registry.Write());
        Assert.Equal(5, ExpositionParser.Parse(_registry.Write()).Count);
    }

    [Fact]
    public void Write_Callbacks_GiveTheValuesOfNow()
    {
        double value = 1;
        double? maybe = null;
        _registry.Gauge("a", "A.", () => value);
        _registry.Gauge("b", "B.", () => maybe);
        _registry.Gauges("c", "C.", "node", () => [("x", value), ("y", 2)]);
        _registry.Counter("d_total", "D.", () => value);

        Dictionary<string, ParsedMetric> before = ExpositionParser.Parse(_registry.Write());
        (value, maybe) = (7, 8);
        Dictionary<string, ParsedMetric> after = ExpositionParser.Parse(_registry.Write());

        Assert.Equal((1, 7), (before.Value("a"), after.Value("a")));
        Assert.Empty(before["b"].Samples);
        Assert.Equal(8, after.Value("b"));
        Assert.Equal((7, 2), (after.Value("c", "c{node=\"x\"}"), after.Value("c", "c{node=\"y\"}")));
        Assert.Equal(("counter", 7), (after["d_total"].Kind, after.Value("d_total")));
    }

    [Fact]
    public void Write_CallbackThrows_LeavesItOutAndCountsIt()
    {
        _registry.Gauge("x_a", "Fails.", () => throw new ObjectDisposedException("a"));
        _registry.Gauges("x_b", "Fails after the first value.", "n", Half);
        _registry.Gauge("y", "Works.", () => 5);

        _registry.Write();
        Dictionary<string, ParsedMetric> metrics = ExpositionParser.Parse(_registry.Write());

        Assert.Equal(["binlog_metrics_unreadable_total", "y"], metrics.Keys);
        Assert.Equal(2, metrics.Value("binlog_metrics_unreadable_total"));

        static IEnumerable<(string, double)> Half()
        {
            yield return ("x", 1);
            throw new InvalidOperationException("the rest is gone");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("1a")]
    [InlineData("a-b")]
    [InlineData("a b")]
    public void Register_MalformedName_Refused(string name) => Assert.Throws<ArgumentException>(() => _registry.Counter(name, "Help."));

    [Theory]
    [InlineData("le")]
    [InlineData("a:b")]
    [InlineData("")]
    public void Register_MalformedLabel_Refused(string label) => Assert.Throws<ArgumentException>(() => _registry.Counters("a", "Help.", label));

    [Fact]
    public void Register_NameTwice_Refused()
    {
        _registry.Counter("a", "Help.");

        Assert.Throws<ArgumentException>(() => _registry.Gauge("a", "Help.", () => 1));
    }

    [Fact]
    public void With_OtherNumberOfValues_Refused() =>
        Assert.Throws<ArgumentException>(() => _registry.Counters("a", "Help.", "x", "y").With("only one"));

    [Fact]
    public void ProcessMetrics_Scraped_AreThoseOfThisProcess()
    {
        ProcessMetrics.Register(_registry);

        Dictionary<string, ParsedMetric> metrics = ExpositionParser.Parse(_registry.Write());

        Assert.Equal(0, metrics.Value("binlog_metrics_unreadable_total"));
        Assert.InRange(metrics.Value("process_cpu_seconds_total"), 0.01, 1e6);
        Assert.InRange(metrics.Value("process_resident_memory_bytes"), 1 << 20, 1e12);
        Assert.True(metrics.Value("process_virtual_memory_bytes") >= metrics.Value("process_resident_memory_bytes"));
        Assert.InRange(metrics.Value("process_start_time_seconds"), 1.7e9, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 1);
        if (OperatingSystem.IsLinux())
        {
            Assert.InRange(metrics.Value("process_open_fds"), 3, metrics.Value("process_max_fds"));
        }
    }
}
