using Binlog.RelayLog;
using Binlog.Service.Pump.Measuring;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Tests.Metrics;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>What a store no longer has is said and counted.</summary>
public sealed class StoreLossTests : IDisposable
{
    private const string Missing = "are not there, and this Pump has not removed them";

    private readonly TemporaryDirectory _directory = new();
    private readonly RecordingLogger _logger = new();

    private string Store => _directory.Combine("pump");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task OpenAsync_OldestSegmentsRemovedByHand_SaysWhich()
    {
        await WriteAsync(200);
        string[] segments = [.. Directory.GetFiles(Store, "*.seg").Order(StringComparer.Ordinal)];
        File.Delete(segments[0]);
        File.Delete(segments[1]);

        await using PumpStore store = await StoreDriver.OpenSmallAsync(Store, logger: _logger);

        string warning = Assert.Single(_logger.Warnings, line => line.Contains(Missing, StringComparison.Ordinal));
        Assert.StartsWith("Segments from 1 on,", warning, StringComparison.Ordinal);
        Assert.Contains(segments[2], warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OpenAsync_OldestSegmentsRemovedByTheStore_SaysNothing(bool withIndex)
    {
        await WriteAsync(200, removeUpTo: 200);
        if (!withIndex)
        {
            Directory.Delete(Path.Combine(Store, "index"), recursive: true);
        }

        await using PumpStore store = await StoreDriver.OpenSmallAsync(Store, logger: _logger);

        Assert.Equal(200ul, store.OldestCommitTs);
        Assert.DoesNotContain(_logger.Warnings, line => line.Contains(Missing, StringComparison.Ordinal));
    }

    [Fact]
    public async Task LostBinlogs_CommitWithoutPrewriteGivenUp_IsCounted()
    {
        await using PumpStore store = await StoreDriver.OpenSmallAsync(Store);
        await store.WriteAsync(TestBinlogs.Commit(5, 8));
        await store.WriteAsync(TestBinlogs.Prewrite(6));
        await store.SettleAsync();

        await store.DecideAsync(new TransactionDecision(6, null, "anna", "writer died", DateTimeOffset.UnixEpoch));
        Assert.Equal(0, LossMetric(store));
        await store.DecideAsync(new TransactionDecision(5, null, "anna", "on another Pump", DateTimeOffset.UnixEpoch));

        Assert.Equal(1, LossMetric(store));
    }

    /// <summary>As of an operator who repeats a decision, because the order had not taken it up yet.</summary>
    [Fact]
    public async Task LostBinlogs_CommitGivenUpTwice_IsCountedOnce()
    {
        var files = new FailingFileSystem();
        await using PumpStore store = await StoreDriver.OpenSmallAsync(Store, files);
        await store.WriteAsync(TestBinlogs.Commit(5, 8));
        await store.SettleAsync();
        files.Unreadable = name => name.EndsWith(".seg", StringComparison.Ordinal);

        await store.DecideAsync(new TransactionDecision(5, null, "anna", "on another Pump", DateTimeOffset.UnixEpoch));
        await store.DecideAsync(new TransactionDecision(5, null, "anna", "on another Pump", DateTimeOffset.UnixEpoch));

        Assert.Equal(1, LossMetric(store));
    }

    [Fact]
    public async Task LostBinlogs_RepairTookOneOut_IsCounted()
    {
        await WriteAsync(200);
        Damage("value of 101"u8);
        using (LogRepair repair = await LogRepair.BeginAsync(new LogRepairOptions { Directory = Store }, null, Cancelled))
        {
            repair.Apply(null, Cancelled);
        }

        await using PumpStore store = await StoreDriver.OpenSmallAsync(Store);

        Assert.Equal(1, LossMetric(store));
    }

    private double LossMetric(PumpStore store)
    {
        var metrics = new PumpMetrics();
        StoreMetrics.Register(metrics, store, _directory.Path, TimeProvider.System);
        return ExpositionParser.Parse(metrics.Registry.Write()).Value("binlog_pump_loss_binlog_count");
    }

    private async Task WriteAsync(ulong count, ulong removeUpTo = 0)
    {
        await using PumpStore store = await StoreDriver.OpenSmallAsync(Store);
        for (ulong number = 1; number <= count; number++)
        {
            await store.CommitAsync((2 * number) - 1, 2 * number);
        }

        await store.SettleAsync();
        if (removeUpTo > 0)
        {
            Assert.InRange((await store.RemoveUpToAsync(removeUpTo, Cancelled)).Segments, 2, 100);
        }
    }

    private void Damage(ReadOnlySpan<byte> bytes)
    {
        foreach (string path in Directory.GetFiles(Store, "*.seg"))
        {
            byte[] content = File.ReadAllBytes(path);
            if (content.AsSpan().IndexOf(bytes) is var at and >= 0)
            {
                content[at] ^= 1;
                File.WriteAllBytes(path, content);
                return;
            }
        }

        Assert.Fail("The bytes are not in the store.");
    }
}
