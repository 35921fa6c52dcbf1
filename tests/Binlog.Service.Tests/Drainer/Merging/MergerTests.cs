using Binlog.Service.Drainer;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Tests.Drainer.Collecting;
using Grpc.Core;
using static Binlog.Service.Tests.Drainer.Collecting.FakePump;

namespace Binlog.Service.Tests.Drainer.Merging;

public sealed class MergerTests : IAsyncDisposable
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly MergeRun _run = new(startTs: 10);

    public ValueTask DisposeAsync() => _run.DisposeAsync();

    [Fact]
    public async Task Read_SeveralSources_GivesOneOrder()
    {
        await _run.SetAsync(("a", new FakePump().Send(Transaction(11), Transaction(14), Fake(20))), ("b", new FakePump().Send(Transaction(12), Transaction(13), Fake(20))));

        Assert.Equal([11UL, 12UL, 13UL, 14UL, 20UL], (await _run.ReadToAsync(20)).Select(binlog => binlog.CommitTs));
    }

    [Fact]
    public async Task Read_SilentSource_IsWaitedFor()
    {
        var silent = new FakePump();
        await _run.SetAsync(("a", new FakePump().Send(Transaction(11), Transaction(13))), ("b", silent));
        var batch = new List<MergedBinlog>();
        Task reading = _run.Merger.ReadBatchAsync(batch, int.MaxValue, Token);
        while (_run.Merger.WaitsFor is not [{ NodeId: "b" }])
        {
            await Task.Yield();
        }

        Assert.False(reading.IsCompleted);
        silent.Send(Fake(12));
        await reading;
        Assert.Equal([11UL, 12UL], batch.Select(binlog => binlog.CommitTs));
        Assert.Equal(12UL, _run.Merger.LastTs);
    }

    [Fact]
    public async Task Read_OneRefusedWhileAnotherIsSilent_StopsWhenTheSourcesAreLookedAt()
    {
        var refusing = new FakePump();
        await _run.SetAsync(("silent", new FakePump()), ("refusing", refusing));
        Task reading = _run.Merger.ReadBatchAsync([], int.MaxValue, Token);
        refusing.EndStream(new RpcException(new Status(StatusCode.OutOfRange, "removed up to 99")));
        while (!_run.IsOver("refusing"))
        {
            await Task.Yield();
        }

        await _run.RemoveAsync("nobody");

        DrainerException error = await Assert.ThrowsAsync<DrainerException>(() => reading.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Contains("refusing at refusing refuses to be pulled after commit TS 10: removed up to 99", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_NoSource_WaitsUntilThereIsOne()
    {
        var batch = new List<MergedBinlog>();
        Task reading = _run.Merger.ReadBatchAsync(batch, int.MaxValue, Token);
        Assert.False(reading.IsCompleted);
        await _run.SetAsync(("a", new FakePump().Send(Transaction(11))));
        await reading;

        Assert.Equal(11UL, Assert.Single(batch).CommitTs);
    }

    [Fact]
    public async Task Read_SourceAddedInTheMiddle_TakesPartFromThere()
    {
        var a = new FakePump().Send(Transaction(11), Transaction(12));
        await _run.SetAsync(("a", a));
        Assert.Equal(2, (await _run.ReadToAsync(12)).Count);
        await _run.AddAsync("b", new FakePump().Send(Transaction(5), Transaction(13), Fake(16)));
        a.Send(Transaction(14), Fake(16));

        Assert.Equal([13UL, 14UL, 16UL], (await _run.ReadToAsync(16)).Select(binlog => binlog.CommitTs));
    }

    [Fact]
    public async Task Read_SourceRemoved_IsNoLongerWaitedFor()
    {
        await _run.SetAsync(("a", new FakePump().Send(Transaction(11))), ("b", new FakePump()));
        var batch = new List<MergedBinlog>();
        Task reading = _run.Merger.ReadBatchAsync(batch, int.MaxValue, Token);
        await _run.RemoveAsync("b");
        await reading;

        Assert.Equal(11UL, Assert.Single(batch).CommitTs);
    }

    [Fact]
    public async Task Read_SameTransactionFromTwoPumps_ComesOnce()
    {
        await _run.SetAsync(
            ("a", new FakePump().Send(Transaction(11, startTs: 3), Transaction(12), Fake(20))),
            ("b", new FakePump().Send(Transaction(11, startTs: 3), Transaction(12), Fake(20))),
            ("c", new FakePump().Send(Transaction(12), Fake(20))));

        Assert.Equal([11UL, 12UL, 20UL], (await _run.ReadToAsync(20)).Select(binlog => binlog.CommitTs));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_FakeAndRealOfOneTs_KeepsTheReal(bool isFakeFirst)
    {
        FakePump fake = new FakePump().Send(Fake(15), Fake(20));
        FakePump real = new FakePump().Send(Transaction(15), Fake(20));
        await _run.SetAsync(("a", isFakeFirst ? fake : real), ("b", isFakeFirst ? real : fake));

        List<MergedBinlog> merged = await _run.ReadToAsync(20);
        Assert.Equal([(15UL, false), (20UL, true)], merged.Select(binlog => (binlog.CommitTs, binlog.IsFake)));
    }

    [Theory]
    [InlineData(12UL, 3UL)]
    [InlineData(14UL, 13UL)]
    public async Task Read_TransactionBelowWhatIsMerged_EndsWithPumpAndTimestamps(ulong lateTs, ulong startTs)
    {
        await _run.SetAsync(("late", new FakePump().Send(Transaction(15), Transaction(lateTs, startTs))));

        DrainerException error = await Assert.ThrowsAsync<DrainerException>(() => _run.ReadToAsync(99));
        Assert.Contains("late", error.Message, StringComparison.Ordinal);
        Assert.Contains($"start TS {startTs}, commit TS {lateTs}", error.Message, StringComparison.Ordinal);
        Assert.Contains("up to commit TS 15", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_PumpRefuses_GivesWhatCameBeforeThenTheReason()
    {
        await _run.SetAsync(("a", new FakePump().Send(Transaction(11)).EndStream(new RpcException(new Status(StatusCode.OutOfRange, "removed")))));

        Assert.Equal(11UL, Assert.Single(await _run.ReadToAsync(11)).CommitTs);
        DrainerException error = await Assert.ThrowsAsync<DrainerException>(() => _run.ReadToAsync(12));
        Assert.Contains("removed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_MaxBytesReached_EndsTheBatch()
    {
        await _run.SetAsync(("a", new FakePump().Send(Transaction(11, bytes: 60), Transaction(12, bytes: 60), Transaction(13, bytes: 500), Transaction(14))));
        var sizes = new List<int>();
        while (_run.Merger.LastTs < 14)
        {
            var batch = new List<MergedBinlog>();
            await _run.Merger.ReadBatchAsync(batch, 100, Token);
            sizes.Add(batch.Sum(binlog => binlog.Payload.Length));
            Assert.NotEmpty(batch);
            Assert.InRange(batch.Take(batch.Count - 1).Sum(binlog => binlog.Payload.Length), 0, 99);
        }

        Assert.Equal(628, sizes.Sum());
    }

    [Fact]
    public async Task Read_Cancelled_Ends()
    {
        using var cancel = new CancellationTokenSource();
        Task reading = _run.Merger.ReadBatchAsync([], 100, cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }
}
