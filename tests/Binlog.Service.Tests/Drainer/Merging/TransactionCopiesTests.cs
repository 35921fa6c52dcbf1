using System.Buffers;
using System.Text;
using Binlog.Service.Drainer;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Tests.Drainer.Collecting;
using Binlog.TiDB.Records;

namespace Binlog.Service.Tests.Drainer.Merging;

/// <summary>The same commit TS from two Pumps.</summary>
public sealed class TransactionCopiesTests : IAsyncDisposable
{
    private readonly MergeRun _run = new(startTs: 10);

    public ValueTask DisposeAsync() => _run.DisposeAsync();

    [Fact]
    public async Task Read_CopyWhoseCommitThePumpMadeItself_GoesOutOnceAndIsCounted()
    {
        PulledBinlog written = Rows(12, "rows", prewriteKey: "key");
        PulledBinlog asked = Rows(12, "rows", prewriteKey: "");
        Assert.False(written.Payload.Span.SequenceEqual(asked.Payload.Span));
        await SetAsync([written], [asked]);

        Assert.Equal([12UL, 20UL], (await _run.ReadToAsync(20)).Select(binlog => binlog.CommitTs));
        Assert.Equal(1, _run.Merger.RepeatedTransactions);
    }

    [Fact]
    public async Task Read_CopiesOnThreePumps_EachButTheFirstIsCounted()
    {
        var copy = Rows(12, "rows");
        await _run.SetAsync(
            ("a", new FakePump().Send(copy, FakePump.Fake(20))), ("b", new FakePump().Send(copy, FakePump.Fake(20))), ("c", new FakePump().Send(copy, FakePump.Fake(20))));

        Assert.Equal([12UL, 20UL], (await _run.ReadToAsync(20)).Select(binlog => binlog.CommitTs));
        Assert.Equal(2, _run.Merger.RepeatedTransactions);
    }

    [Fact]
    public async Task Read_DdlFromTwoPumps_GoesOutOnce()
    {
        await SetAsync([Ddl(12, "CREATE TABLE `t` (`a` INT);", 7, 5, prewriteKey: "key")], [Ddl(12, "CREATE TABLE `t` (`a` INT);", 7, 5, prewriteKey: "")]);

        Assert.Equal([12UL, 20UL], (await _run.ReadToAsync(20)).Select(binlog => binlog.CommitTs));
        Assert.Equal(1, _run.Merger.RepeatedTransactions);
    }

    /// <summary>A Pump that has only the prewrite holds its own order below the commit TS, and so the merge.</summary>
    [Fact]
    public async Task Read_SecondPumpCatchesUpLate_FirstCopyWaitsForIt()
    {
        var late = new FakePump().Send(FakePump.Fake(11));
        await _run.SetAsync(("a", new FakePump().Send(Rows(12, "rows"), FakePump.Fake(20))), ("b", late));
        Assert.Equal([11UL], (await _run.ReadToAsync(11)).Select(binlog => binlog.CommitTs));
        var batch = new List<MergedBinlog>();
        Task reading = _run.Merger.ReadBatchAsync(batch, int.MaxValue, TestContext.Current.CancellationToken);
        while (_run.Merger.WaitsFor is not [{ NodeId: "b" }])
        {
            await Task.Yield();
        }

        Assert.False(reading.IsCompleted);
        Assert.Empty(batch);
        late.Send(Rows(12, "rows"), FakePump.Fake(20));
        await reading;

        Assert.Equal([12UL, 20UL], batch.Concat(await _run.ReadToAsync(20)).Select(binlog => binlog.CommitTs));
        Assert.Equal(1, _run.Merger.RepeatedTransactions);
    }

    [Fact]
    public async Task Read_PumpComesBackAfterItsCopyWentOut_IsAskedForWhatComesAfter()
    {
        await _run.SetAsync(("a", new FakePump().Send(Rows(12, "rows"), FakePump.Fake(15), FakePump.Fake(20))));
        await _run.ReadToAsync(15);
        var back = new FakePump().Send(Rows(12, "rows"), FakePump.Fake(20));
        await _run.AddAsync("b", back);

        await _run.ReadToAsync(20);

        Assert.Equal(15UL, Assert.Single(back.Pulls));
        Assert.Equal(0, _run.Merger.RepeatedTransactions);
    }

    public static TheoryData<string, string> Different => new()
    {
        { "rows", "both have the transaction of start TS 11, but with different rows (4 and 9 bytes)" },
        { "start", "the first has the transaction of start TS 11 there, the second that of start TS 9" },
        { "job", "with different DDL jobs (7 in schema state 5, and 8 in schema state 5)" },
        { "state", "with different DDL jobs (7 in schema state 5, and 7 in schema state 1)" },
        { "query", "with different statements for DDL job 7" },
    };

    [Theory]
    [MemberData(nameof(Different))]
    public void DescribeDifference_Different_SaysInWhatWay(string what, string difference)
    {
        (PulledBinlog one, PulledBinlog other) = what switch
        {
            "rows" => (Rows(12, "rows"), Rows(12, "more rows")),
            "start" => (Rows(12, "rows"), Rows(12, "rows", startTs: 9)),
            "job" => (Ddl(12, "a", 7, 5), Ddl(12, "a", 8, 5)),
            "state" => (Ddl(12, "a", 7, 5), Ddl(12, "a", 7, 1)),
            _ => (Ddl(12, "a", 7, 5), Ddl(12, "b", 7, 5)),
        };

        Assert.Contains(difference, TransactionCopies.DescribeDifference(new MergedBinlog(12, one.StartTs, false, one.Payload, "a"), other), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_DifferentTransactionsAtOneCommitTs_EndsWithBothPumps()
    {
        await SetAsync([Rows(12, "rows")], [Rows(12, "else")]);

        DrainerException error = await Assert.ThrowsAsync<DrainerException>(() => _run.ReadToAsync(20));
        Assert.Matches("^The Pumps (a and b|b and a) disagree about commit TS 12: both have the transaction of start TS 11, but with different rows", error.Message);
        Assert.Equal(12UL, _run.Merger.LastTs);
    }

    [Fact]
    public async Task Read_OnePumpSendsTwoTransactionsAtOneCommitTs_EndsWithThePump()
    {
        await _run.SetAsync(("a", new FakePump().Send(Rows(12, "rows"), Rows(12, "rows", startTs: 9))));

        DrainerException error = await Assert.ThrowsAsync<DrainerException>(() => _run.ReadToAsync(20));
        Assert.StartsWith("The Pump a contradicts itself about commit TS 12", error.Message, StringComparison.Ordinal);
    }

    private Task SetAsync(PulledBinlog[] a, PulledBinlog[] b) =>
        _run.SetAsync(("a", new FakePump().Send([.. a, FakePump.Fake(20)])), ("b", new FakePump().Send([.. b, FakePump.Fake(20)])));

    private static PulledBinlog Rows(ulong commitTs, string rows, ulong startTs = 11, string prewriteKey = "key")
    {
        var prewrite = new ArrayBufferWriter<byte>();
        BinlogWriter.WritePrewrite(prewrite, startTs, "key"u8, Encoding.UTF8.GetBytes(rows));
        return Join(prewrite, commitTs, startTs, prewriteKey);
    }

    private static PulledBinlog Ddl(ulong commitTs, string query, long jobId, int schemaState, string prewriteKey = "key")
    {
        var prewrite = new ArrayBufferWriter<byte>();
        BinlogWriter.WriteDdlPrewrite(prewrite, 11, "key"u8, Encoding.UTF8.GetBytes(query), jobId, schemaState);
        return Join(prewrite, commitTs, 11, prewriteKey);
    }

    private static PulledBinlog Join(ArrayBufferWriter<byte> prewrite, ulong commitTs, ulong startTs, string prewriteKey)
    {
        var commit = new ArrayBufferWriter<byte>();
        BinlogWriter.WriteCommit(commit, startTs, commitTs, Encoding.UTF8.GetBytes(prewriteKey));
        var joined = new ArrayBufferWriter<byte>();
        BinlogWriter.WriteJoined(joined, prewrite.WrittenSpan, commit.WrittenSpan);
        return new PulledBinlog(commitTs, startTs, false, joined.WrittenMemory);
    }
}
