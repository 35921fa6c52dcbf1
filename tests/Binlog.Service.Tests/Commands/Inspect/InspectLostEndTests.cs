using System.Text.Json;
using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Tests.Pump;
using Binlog.Service.Tests.Pump.Storage;

namespace Binlog.Service.Tests.Commands.Inspect;

/// <summary>The way out of a Pump that doesn't start because acknowledged binlogs are missing at the end of its log.</summary>
public sealed class InspectLostEndTests : IDisposable
{
    private const ulong Transactions = 90;

    private readonly TemporaryDirectory _directory = new();
    private readonly RecordingLogger _logger = new();

    private string Store => _directory.Combine("pump");

    private string LastSegment => Directory.GetFiles(Store, "*.seg").Order(StringComparer.Ordinal).Last();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Repair_LastRecordCut_PumpStartsWithoutItAndSaysSo(bool wasClosedCleanly)
    {
        await FillAsync(wasClosedCleanly);
        (LogPosition position, ulong sequence, RecordTag tag) = InspectRun.Records(Store)[^1];
        Assert.Equal(Transactions * 10, tag.StartTs);
        using (FileStream file = File.OpenWrite(LastSegment))
        {
            file.SetLength(file.Length - 3);
        }

        await RepairAsync($"1 record, sequence {sequence}");

        await using PumpStore store = await StoreDriver.OpenAsync(Store, 4096, logger: _logger);
        Assert.Contains(_logger.Warnings, warning => warning.Contains($"A repair took 1 binlogs or more out of {LastSegment}", StringComparison.Ordinal));
        Assert.Equal(CommitTimestamps(Transactions - 1), store.ReadAll());

        // The commit is lost, and its prewrite isn't: the order waits, it doesn't pass over it.
        Assert.Equal(tag.StartTs, store.Held!.StartTs);
        Assert.True(store.MaxCommitTs < tag.CommitTs);
        JsonElement damage = await LastRepairAsync();
        Assert.Equal((position.Segment, position.Offset, sequence), (damage.GetProperty("segment").GetUInt64(), damage.GetProperty("from").GetInt64(), damage.GetProperty("firstSequence").GetUInt64()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Repair_LastSegmentMissing_PumpStartsWithoutItAndGoesOn(bool wasClosedCleanly)
    {
        await FillAsync(wasClosedCleanly);
        var records = InspectRun.Records(Store);
        ulong lost = records[^1].Position.Segment;
        File.Delete(LastSegment);

        await RepairAsync("the segment is missing");

        ulong[] left = [.. records.Where(record => record.Position.Segment < lost && record.Tag.CommitTs > 0).Select(record => record.Tag.CommitTs)];
        await using (PumpStore store = await StoreDriver.OpenAsync(Store, 4096, logger: _logger))
        {
            Assert.Equal(left, store.ReadAll());
            if (store.Held is { } held)
            {
                await store.WriteAsync(TestBinlogs.Rollback(held.StartTs));
            }

            await store.CommitAsync(10_000, 10_001);
            await store.ReachAsync(10_001);
        }

        await using PumpStore again = await StoreDriver.OpenAsync(Store, 4096);
        Assert.Equal([.. left, 10_001], again.ReadAll());
        Assert.Equal(lost, (await LastRepairAsync()).GetProperty("segment").GetUInt64());
    }

    /// <summary>A repair of one segment leaves the checkpoint, which alone tells that the end is missing too.</summary>
    [Fact]
    public async Task Repair_OneSegmentWhileTheEndIsMissing_StillRefusedUntilThatIsRepaired()
    {
        await FillAsync(wasClosedCleanly: false);
        (LogPosition position, ulong sequence, RecordTag _) = InspectRun.Records(Store)[3];
        InspectRun.Damage(Store, position);
        File.Delete(LastSegment);

        (int repaired, string _, string _) = await InspectRun.RunAsync("repair", Store, "--force", "--sequence", $"{sequence}");

        Assert.Equal(ExitCode.Ok, repaired);
        await RepairAsync("the segment is missing");
        await using PumpStore store = await StoreDriver.OpenAsync(Store, 4096);
        Assert.Equal(2, (await LogVerifier.VerifyAsync(Store, TestContext.Current.CancellationToken))!.Segments.Sum(segment => segment.Segment.Gaps));
    }

    private static IEnumerable<ulong> CommitTimestamps(ulong count) => Enumerable.Range(1, (int)count).Select(number => ((ulong)number * 10) + 5);

    /// <summary>The start is refused, verify says why, a plan changes nothing, and a repair makes the log whole.</summary>
    private async Task RepairAsync(string expected)
    {
        await Assert.ThrowsAsync<CorruptLogException>(() => StoreDriver.OpenAsync(Store, 4096));
        (int verified, string report, string _) = await InspectRun.RunAsync("verify", Store);
        (int planned, string plan, string _) = await InspectRun.RunAsync("repair", Store);
        await Assert.ThrowsAsync<CorruptLogException>(() => StoreDriver.OpenAsync(Store, 4096));
        (int repaired, string done, string _) = await InspectRun.RunAsync("repair", Store, "--force");
        (int after, string _, string _) = await InspectRun.RunAsync("verify", Store);

        Assert.Equal((ExitCode.Failed, ExitCode.Failed, ExitCode.Ok, ExitCode.Ok), (verified, planned, repaired, after));
        Assert.Contains(expected, report, StringComparison.Ordinal);
        Assert.Contains(expected, plan, StringComparison.Ordinal);
        Assert.Contains("acknowledged records up to byte", plan, StringComparison.Ordinal);
        Assert.Contains("Repaired.", done, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Store, "index")));
    }

    private async Task<JsonElement> LastRepairAsync()
    {
        string line = (await File.ReadAllLinesAsync(Path.Combine(Store, "repairs.jsonl"), TestContext.Current.CancellationToken))[^1];
        using JsonDocument json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty("damages").EnumerateArray().Last().Clone();
    }

    /// <summary>Fills a store and stops it; without its mark it is as after a kill, when only the checkpoint tells where the log ended.</summary>
    private async Task FillAsync(bool wasClosedCleanly)
    {
        await using (PumpStore store = await StoreDriver.OpenAsync(Store, 4096))
        {
            for (ulong number = 1; number <= Transactions; number++)
            {
                await store.CommitAsync(number * 10, (number * 10) + 5);
            }

            await store.ReachAsync((Transactions * 10) + 5);
        }

        if (!wasClosedCleanly)
        {
            File.Delete(Path.Combine(Store, "closed.mark"));
        }
    }
}
