using Binlog.RelayLog;
using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>A store opened with its checkpoint is the same as one whose index is made anew from the log.</summary>
public sealed class StoreRestartTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly RecordingLogger _logger = new();

    private string Path => _directory.Combine("pump");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task OpenAsync_CopyAtAnyMoment_SameAsMadeAnew(int seed)
    {
        var history = new StoreHistory(seed);
        var random = new Random(seed);
        PumpStore store = await StoreDriver.OpenSmallAsync(Path);
        for (int round = 0; round < 8; round++)
        {
            await history.WriteAsync(store, random.Next(60));
            string copy = _directory.Combine($"killed {round}");
            string anew = _directory.Combine($"anew {round}");
            await store.SettleAsync();
            StoreDriver.Copy(Path, copy);
            StoreDriver.Copy(Path, anew, withIndex: false);
            await using (PumpStore killed = await StoreDriver.OpenSmallAsync(copy, logger: _logger))
            await using (PumpStore made = await StoreDriver.OpenSmallAsync(anew, logger: _logger))
            {
                AssertSame(made, killed);
                AssertSame(made, store);
            }

            await store.DisposeAsync();
            store = await StoreDriver.OpenSmallAsync(Path, logger: _logger);
        }

        await using (store)
        {
            await history.FinishAsync(store);
            Assert.Equal(history.CommitTimestamps, store.ReadAll());
            Assert.Null(store.Held);
        }

        Assert.Empty(_logger.Warnings);
    }

    [Fact]
    public async Task OpenAsync_CheckpointOfCleanStop_NothingIsSortedAgain()
    {
        await WriteSomeAsync(100);
        byte[] index = IndexBytes();

        await using PumpStore again = await StoreDriver.OpenSmallAsync(Path, logger: _logger);

        Assert.Equal(100, again.Transactions);
        Assert.Equal(200ul, again.MaxCommitTs);
        Assert.Equal(200ul, again.MaxSeenTs);
        Assert.Equal(index, IndexBytes());
    }

    [Theory]
    [InlineData("checkpoint")]
    [InlineData("00000000000000000000.idx")]
    [InlineData("00000000000000000002.idx")]
    public async Task OpenAsync_CacheFileDamagedOrMissing_MadeAnewAndSaid(string name)
    {
        await WriteSomeAsync(100);
        string file = System.IO.Path.Combine(Path, "index", name);
        byte[] bytes = await File.ReadAllBytesAsync(file, Cancelled);
        bytes[100] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, Cancelled);

        await using (PumpStore again = await StoreDriver.OpenSmallAsync(Path, logger: _logger))
        {
            Assert.Equal(Enumerable.Range(1, 100).Select(number => 2 * (ulong)number), again.ReadAll());
            Assert.Contains("is made anew from its log", Assert.Single(_logger.Warnings), StringComparison.Ordinal);
        }

        File.Delete(file);
        await using PumpStore third = await StoreDriver.OpenSmallAsync(Path, logger: _logger);
        Assert.Equal(100, third.ReadAll().Count);
    }

    [Fact]
    public async Task OpenAsync_CheckpointOfAnotherLog_MadeAnew()
    {
        await WriteSomeAsync(100);
        string other = _directory.Combine("other");
        await using (PumpStore store = await StoreDriver.OpenSmallAsync(other))
        {
            await store.CommitAsync(501, 502);
            await store.ReachAsync(502);
        }

        Directory.Delete(System.IO.Path.Combine(other, "index"), recursive: true);
        Directory.Move(System.IO.Path.Combine(Path, "index"), System.IO.Path.Combine(other, "index"));
        await using PumpStore again = await StoreDriver.OpenSmallAsync(other, logger: _logger);

        Assert.Equal([502ul], again.ReadAll());
        Assert.Contains("this is log", Assert.Single(_logger.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_LogHasAnotherRecordThanTheCheckpointSays_MadeAnew()
    {
        await WriteSomeAsync(4);
        string other = _directory.Combine("other");
        StoreDriver.Copy(Path, other);
        foreach ((string directory, ulong startTs) in new[] { (Path, 501ul), (other, 601ul) })
        {
            await using PumpStore store = await StoreDriver.OpenSmallAsync(directory);
            await store.CommitAsync(startTs, startTs + 1);
            await store.ReachAsync(startTs + 1);
        }

        File.Copy(System.IO.Path.Combine(other, "index", "checkpoint"), System.IO.Path.Combine(Path, "index", "checkpoint"), overwrite: true);
        await using PumpStore again = await StoreDriver.OpenSmallAsync(Path, logger: _logger);

        Assert.Equal([2ul, 4, 6, 8, 502], again.ReadAll());
        Assert.Contains("and the checkpoint record", Assert.Single(_logger.Warnings), StringComparison.Ordinal);
    }

    /// <summary>The index refers to what a repair took out; made anew, the other half of each loss is there to be decided.</summary>
    [Fact]
    public async Task OpenAsync_LogWasRepaired_MadeAnew()
    {
        await WriteSomeAsync(100);
        LogPosition lost;
        await using (PumpStore store = await StoreDriver.OpenSmallAsync(Path))
        {
            lost = store.Find(20)!.Commit;
        }

        string segment = System.IO.Path.Combine(Path, $"{lost.Segment:D20}.seg");
        byte[] bytes = await File.ReadAllBytesAsync(segment, Cancelled);
        bytes[lost.Offset + 50] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes, Cancelled);
        using (LogRepair repair = await LogRepair.BeginAsync(new LogRepairOptions { Directory = Path }, null, Cancelled))
        {
            Assert.NotNull(repair.Apply(null, Cancelled));
        }

        await using PumpStore again = await StoreDriver.OpenSmallAsync(Path, logger: _logger);

        Assert.Contains(_logger.Warnings, warning => warning.Contains("a repair took binlogs out of segment", StringComparison.Ordinal));
        Assert.Equal(19ul, again.Held!.StartTs);
        await again.DecideAsync(new TransactionDecision(19, 20, "ann", "it is in the quarantined file", DateTimeOffset.UnixEpoch));
        await again.ReachAsync(200);
        Assert.Equal(Enumerable.Range(1, 100).Select(number => 2 * (ulong)number), again.ReadAll());
    }

    [Fact]
    public async Task TryRead_BlockDamagedWhileRunning_FailsSaysSoAndTheNextStartMakesItAnew()
    {
        await WriteSomeAsync(100);
        await using (PumpStore store = await StoreDriver.OpenSmallAsync(Path, logger: _logger))
        {
            string file = System.IO.Path.Combine(Path, "index", "00000000000000000000.idx");
            byte[] bytes = await File.ReadAllBytesAsync(file, Cancelled);
            bytes[^1] ^= 1;
            await File.WriteAllBytesAsync(file, bytes, Cancelled);

            Assert.ThrowsAny<Exception>(() => store.ReadAll());

            Exception failure = await Assert.ThrowsAnyAsync<Exception>(() => store.Failure.WaitAsync(TimeSpan.FromSeconds(30), Cancelled));
            Assert.Contains("Start the Pump again", failure.Message, StringComparison.Ordinal);
        }

        Assert.False(File.Exists(System.IO.Path.Combine(Path, "index", "checkpoint")));
        await using PumpStore again = await StoreDriver.OpenSmallAsync(Path);
        Assert.Equal(100, again.ReadAll().Count);
    }

    [Fact]
    public async Task WriteAsync_HeldBackForLong_PutAwayAndComesOutAfterARestartToo()
    {
        await using (PumpStore store = await StoreDriver.OpenSmallAsync(Path))
        {
            await store.WriteAsync(TestBinlogs.Prewrite(1));
            for (ulong ts = 2; ts < 400; ts += 2)
            {
                await store.CommitAsync(ts, ts + 1);
            }

            await store.SettleAsync();
            Assert.Equal(0, store.Transactions);
            Assert.True(new FileInfo(System.IO.Path.Combine(Path, "index", "pending.runs")).Length > 0);
            Assert.Equal((1ul, 0ul), (store.Held!.StartTs, store.Held.CommitTs));
            Assert.Equal((200ul, 201ul), (store.Find(200)!.StartTs, store.Find(201)!.CommitTs));
        }

        await using PumpStore again = await StoreDriver.OpenSmallAsync(Path);
        Assert.Empty(again.ReadAll());
        await again.WriteAsync(TestBinlogs.Commit(1, 900));
        await again.ReachAsync(900);

        Assert.Equal(Enumerable.Range(1, 199).Select(number => (2 * (ulong)number) + 1).Append(900ul), again.ReadAll());
    }

    [Fact]
    public async Task WriteAsync_IndexDiskFull_GoesOnInMemoryAndCatchesUp()
    {
        var files = new IndexFaultFileSystem();
        await using (PumpStore store = await StoreDriver.OpenSmallAsync(Path, files, logger: _logger))
        {
            files.WritesFail = true;
            for (ulong ts = 1; ts < 200; ts += 2)
            {
                await store.CommitAsync(ts, ts + 1);
            }

            await store.ReachAsync(200);
            Assert.Equal(100, store.ReadAll().Count);
            Assert.NotEmpty(_logger.Warnings);
            files.WritesFail = false;
            await store.CommitAsync(201, 202);
            await store.ReachAsync(202);
        }

        await using PumpStore again = await StoreDriver.OpenSmallAsync(Path);
        Assert.Equal(101, again.ReadAll().Count);
    }

    private static void AssertSame(PumpStore expected, PumpStore actual)
    {
        Assert.Equal(expected.ReadAll(), actual.ReadAll());
        Assert.Equal(expected.MaxCommitTs, actual.MaxCommitTs);
        Assert.Equal(expected.MaxSeenTs, actual.MaxSeenTs);
        Assert.Equal(expected.ListUndecided(1000), actual.ListUndecided(1000));
        Assert.Equal(expected.Transactions, actual.Transactions);
        Assert.Equal(expected.Held?.Position, actual.Held?.Position);
    }

    private byte[] IndexBytes() =>
        [.. Directory.GetFiles(System.IO.Path.Combine(Path, "index")).Order(StringComparer.Ordinal).SelectMany(File.ReadAllBytes)];

    private async Task WriteSomeAsync(int count)
    {
        await using PumpStore store = await StoreDriver.OpenSmallAsync(Path);
        for (ulong number = 1; number <= (ulong)count; number++)
        {
            await store.CommitAsync((2 * number) - 1, 2 * number);
        }

        await store.ReachAsync(2 * (ulong)count);
    }
}
