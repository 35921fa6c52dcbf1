using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Tests.Drainer.Collecting;
using Binlog.Service.Pump.Deciding;
using Binlog.Service.Tests.Pump;
using Binlog.Service.Tests.Pump.Serving;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TestKit.Waiting;
using Binlog.TiDB.Records;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Merging;

/// <summary>The rows of docs/pairing.md that concern two Pumps: real Pumps, pulled and merged as a Drainer does.</summary>
public sealed class TwoPumpsTests : IAsyncLifetime
{
    private readonly Merger _merger = new(0, OpenFence.Create(), NullLogger.Instance);
    private readonly List<PumpSource> _sources = [];
    private RunningPump _first = null!;
    private RunningPump _second = null!;

    public async ValueTask InitializeAsync()
    {
        _first = await RunningPump.StartAsync();
        _second = await RunningPump.StartAsync();
        await _merger.Propose((lastTs, _) =>
        {
            _sources.AddRange(new[] { ("first", _first), ("second", _second) }.Select(pump =>
                new PumpSource(pump.Item1, pump.Item2.Address, new GrpcBinlogPuller(pump.Item2.Address, StoreDriver.ClusterId, compress: false, memory: null), lastTs, TestMemory.Create(), TimeProvider.System, NullLogger.Instance)));
            return _sources;
        });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (PumpSource source in _sources)
        {
            await source.DisposeAsync();
        }

        await _first.DisposeAsync();
        await _second.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task PrewriteOnBoth_SecondLearnsTheCommitLater_AppliedOnceAndNotBefore()
    {
        await WriteAsync([_first, _second], TestBinlogs.Prewrite(5));
        await WriteAsync([_first], TestBinlogs.Commit(5, 8), TestBinlogs.Fake(20));
        await WriteAsync([_second], TestBinlogs.Prewrite(6), TestBinlogs.Commit(6, 7), TestBinlogs.Fake(20));
        Task<List<MergedBinlog>> reading = ReadToAsync(20);
        await _first.Store.ReachAsync(20);
        Assert.False(reading.IsCompleted);
        Assert.Equal(0UL, _merger.LastTs);

        // The second Pump asks how the transaction ended, and makes the commit itself.
        await WriteAsync([_second], BinlogOf(writer => BinlogWriter.WriteCommit(writer, 5, 8, default)));

        Assert.Equal([7UL, 8, 20], (await reading).Select(binlog => binlog.CommitTs));
        Assert.Equal(1, _merger.RepeatedTransactions);
    }

    [Fact]
    public async Task PrewriteOnBoth_SecondIsRolledBack_AppliedOnce()
    {
        await WriteAsync([_first, _second], TestBinlogs.Prewrite(5));
        await WriteAsync([_first], TestBinlogs.Commit(5, 8), TestBinlogs.Fake(20));
        await WriteAsync([_second], TestBinlogs.Rollback(5), TestBinlogs.Fake(20));

        Assert.Equal([8UL, 20], (await ReadToAsync(20)).Select(binlog => binlog.CommitTs));
        Assert.Equal(0, _merger.RepeatedTransactions);
    }

    [Fact]
    public async Task DdlPrewriteAndCommitOnBoth_AppliedOnce()
    {
        await WriteAsync([_first, _second], TestBinlogs.DdlPrewrite(5, "CREATE TABLE `t` (`a` INT);", 7, 5));
        await WriteAsync([_first], BinlogOf(writer => BinlogWriter.WriteDdlCommit(writer, 5, 8, "key"u8, "CREATE TABLE `t` (`a` INT);"u8, 7)), TestBinlogs.Fake(20));
        await WriteAsync([_second], BinlogOf(writer => BinlogWriter.WriteCommit(writer, 5, 8, default)), TestBinlogs.Fake(20));

        List<MergedBinlog> merged = await ReadToAsync(20);
        Assert.Equal([8UL, 20], merged.Select(binlog => binlog.CommitTs));
        Assert.Equal((7L, 5), (BinlogHeader.Parse(merged[0].Payload.Span).DdlJobId, BinlogHeader.Parse(merged[0].Payload.Span).DdlSchemaState));
        Assert.Equal(1, _merger.RepeatedTransactions);
    }

    [Fact]
    public async Task PrewriteOnOneCommitOnTheOther_NothingPassesUntilBothAreDecided()
    {
        await WriteAsync([_first], TestBinlogs.Prewrite(5), TestBinlogs.Fake(20));
        await WriteAsync([_second], TestBinlogs.Fake(7), TestBinlogs.Commit(5, 8), TestBinlogs.Fake(20));
        Task<List<MergedBinlog>> reading = ReadToAsync(20);
        await _second.Store.ReachAsync(7);
        Assert.False(reading.IsCompleted);

        // Each gets what it lacks, as a client does that repeats the transaction on both.
        await WriteAsync([_first], TestBinlogs.Commit(5, 8));
        Assert.Equal(7UL, _second.Store.MaxCommitTs);
        await WriteAsync([_second], TestBinlogs.Prewrite(5));

        Assert.Equal([8UL, 20], (await reading).Where(binlog => !binlog.IsFake || binlog.CommitTs == 20).Select(binlog => binlog.CommitTs));
        Assert.Equal(1, _merger.RepeatedTransactions);
    }

    [Fact]
    public async Task PrewriteOnOneCommitOnTheOther_DecidedByHand_AppliedOnce()
    {
        await WriteAsync([_first], TestBinlogs.Prewrite(5), TestBinlogs.Fake(20));
        await WriteAsync([_second], TestBinlogs.Commit(5, 8), TestBinlogs.Fake(20));
        Task<List<MergedBinlog>> reading = ReadToAsync(20);

        await DecideAsync(_first, 8);
        await DecideAsync(_second, null);

        Assert.Equal([8UL, 20], (await reading).Where(binlog => !binlog.IsFake || binlog.CommitTs == 20).Select(binlog => binlog.CommitTs));
        Assert.Equal(0, _merger.RepeatedTransactions);
    }

    private static async Task DecideAsync(RunningPump pump, ulong? commitTs)
    {
        using var decisions = new OperatorDecisions(pump.Store, TimeProvider.System);
        await Eventually.HoldsAsync("it is held", () => pump.Store.Held?.StartTs == 5, TestContext.Current.CancellationToken);
        Assert.Equal(200, (await decisions.DecideAsync(5, commitTs, "anna", "why", TestContext.Current.CancellationToken)).Code);
    }

    private static byte[] BinlogOf(Action<System.Buffers.ArrayBufferWriter<byte>> write)
    {
        var writer = new System.Buffers.ArrayBufferWriter<byte>();
        write(writer);
        return writer.WrittenSpan.ToArray();
    }

    private static async Task WriteAsync(RunningPump[] pumps, params byte[][] binlogs)
    {
        foreach (RunningPump pump in pumps)
        {
            foreach (byte[] binlog in binlogs)
            {
                await pump.WriteAsync(binlog);
            }
        }
    }

    private async Task<List<MergedBinlog>> ReadToAsync(ulong commitTs)
    {
        var merged = new List<MergedBinlog>();
        while (_merger.LastTs < commitTs)
        {
            await _merger.ReadBatchAsync(merged, 1, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30));
        }

        return merged;
    }
}
