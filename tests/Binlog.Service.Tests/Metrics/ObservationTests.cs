using Binlog.Service.Metrics;

namespace Binlog.Service.Tests.Metrics;

/// <summary>What happens when much is observed at once.</summary>
public sealed class ObservationTests
{
    private const int Threads = 8;
    private const int PerThread = 20_000;

    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(1, 0)]
    [InlineData(1.0000001, 1)]
    [InlineData(2, 1)]
    [InlineData(4, 2)]
    [InlineData(5, 3)]
    public void Observe_Value_FallsIntoTheFirstBucketThatTakesIt(double value, int bucket)
    {
        var registry = new MetricRegistry();
        registry.Histogram("h", "Help.", Buckets.Exponential(1, 2, 3)).Observe(value);

        Dictionary<string, ParsedMetric> metrics = ExpositionParser.Parse(registry.Write());

        string[] bounds = ["1", "2", "4", "+Inf"];
        Assert.Equal(
            bounds.Select((_, index) => index >= bucket ? 1.0 : 0.0),
            bounds.Select(bound => metrics.Value("h", $"h_bucket{{le=\"{bound}\"}}")));
    }

    [Fact]
    public void Exponential_OfTheOriginal_EndsWhereItDoes()
    {
        Assert.Equal([0.00005, 0.0001, 0.0002], Buckets.Exponential(0.00005, 2, 18)[..3]);
        Assert.Equal(6.5536, Buckets.Exponential(0.00005, 2, 18)[^1], 12);
        Assert.Equal(16.0 * (1 << 24), Buckets.Exponential(16, 2, 25)[^1]);
    }

    [Fact]
    public async Task Observe_ManyThreadsAndScrapes_LosesNothingAndStaysConsistent()
    {
        var registry = new MetricRegistry();
        Counter counter = registry.Counter("c_total", "Help.");
        Gauge gauge = registry.Gauge("g", "Help.");
        MetricFamily<Histogram> histograms = registry.Histograms("h", "Help.", Buckets.Exponential(1, 2, 5), "type");
        using var stop = new CancellationTokenSource();
        Task<int> scraping = Task.Run(() =>
        {
            int scrapes = 0;
            do
            {
                ExpositionParser.Parse(registry.Write());
                scrapes++;
            }
            while (!stop.IsCancellationRequested);
            return scrapes;
        });

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
        {
            Histogram histogram = histograms.With(thread % 2 == 0 ? "even" : "odd");
            for (int i = 0; i < PerThread; i++)
            {
                counter.Increment();
                gauge.Add(1);
                histogram.Observe(i % 64);
            }
        })));
        await stop.CancelAsync();

        Assert.True(await scraping > 0);
        Assert.Equal(Threads * PerThread, counter.Value);
        Assert.Equal(Threads * PerThread, gauge.Value);
        Assert.Equal(Threads * PerThread, histograms.With("even").Count + histograms.With("odd").Count);
        Assert.Equal(Enumerable.Range(0, PerThread).Sum(i => i % 64L) * Threads, histograms.With("even").Sum + histograms.With("odd").Sum);
    }

    [Fact]
    public void Observe_Always_AllocatesNothing()
    {
        var registry = new MetricRegistry();
        Counter counter = registry.Counter("c_total", "Help.");
        Gauge gauge = registry.Gauge("g", "Help.");
        Histogram histogram = registry.Histogram("h", "Help.", Buckets.Exponential(0.00005, 2, 20));
        ObserveAll();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            ObserveAll();
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void ObserveAll()
        {
            counter.Increment();
            gauge.Set(1);
            gauge.Add(2);
            histogram.Observe(0.003);
            histogram.Observe(TimeSpan.FromSeconds(1));
        }
    }
}
