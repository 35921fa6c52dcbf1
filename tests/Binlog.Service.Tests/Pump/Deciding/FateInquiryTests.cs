using Binlog.Service.Pump.Deciding;
using Binlog.TiDB;

namespace Binlog.Service.Tests.Pump.Deciding;

public sealed class FateInquiryTests
{
    private const long StartedAt = 1_000_000;

    private readonly ScriptedFate _source = new();

    private static ulong StartTs => Tso.FromParts(StartedAt).Value;

    [Fact]
    public async Task AskAsync_RecordOfACommit_CommittedAtAnyAge()
    {
        _source.Write = startTs => Task.FromResult(TransactionFate.Committed(startTs + 5, "a record of type Put"));

        TransactionFate fate = await AskAsync(ageMilliseconds: 0);

        Assert.Equal(TransactionFate.Committed(StartTs + 5, "a record of type Put"), fate);
        Assert.Empty(_source.StatusesAsked);
    }

    [Fact]
    public async Task AskAsync_RecordOfARollback_RolledBack()
    {
        _source.Write = _ => Task.FromResult(TransactionFate.RolledBack("a record of type Rollback"));

        Assert.Equal(TransactionOutcome.RolledBack, (await AskAsync(ageMilliseconds: 0)).Outcome);
    }

    [Theory]
    [InlineData(-5000)]
    [InlineData(600_000)]
    public async Task AskAsync_NoRecordAndNotOlderThanTenMinutes_LockIsLeftAlone(long ageMilliseconds)
    {
        _source.Status = _ => Task.FromResult(TransactionFate.RolledBack("expired"));

        TransactionFate fate = await AskAsync(ageMilliseconds);

        Assert.Equal(TransactionOutcome.Undecided, fate.Outcome);
        Assert.Contains($"{ageMilliseconds / 1000} s too young", fate.Found, StringComparison.Ordinal);
        Assert.Empty(_source.StatusesAsked);
    }

    [Fact]
    public async Task AskAsync_NoRecordAndOlder_LockDecides()
    {
        _source.Status = startTs => Task.FromResult(TransactionFate.Committed(startTs + 9, "the primary lock"));

        Assert.Equal(TransactionFate.Committed(StartTs + 9, "the primary lock"), await AskAsync(ageMilliseconds: 600_001));
        Assert.Equal(Tso.FromParts(StartedAt + 600_001).Value, Assert.Single(_source.StatusesAsked).NewestTs);
    }

    [Fact]
    public async Task AskAsync_LookingForTheRecordFailsAndOlder_LockDecides()
    {
        _source.Write = _ => throw new IOException("region error");
        _source.Status = _ => Task.FromResult(TransactionFate.RolledBack("expired"));

        Assert.Equal(TransactionOutcome.RolledBack, (await AskAsync(ageMilliseconds: 600_001)).Outcome);
    }

    [Fact]
    public async Task AskAsync_LookingForTheRecordFailsAndYoung_Throws()
    {
        _source.Write = _ => throw new IOException("region error");

        await Assert.ThrowsAsync<IOException>(() => AskAsync(ageMilliseconds: 1000));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AskAsync_CommitTsNotAboveTheStartTs_Undecided(bool isRecord)
    {
        _source.Write = startTs => Task.FromResult(isRecord ? TransactionFate.Committed(startTs, "odd") : TransactionFate.Undecided("none"));
        _source.Status = startTs => Task.FromResult(TransactionFate.Committed(startTs, "odd"));

        TransactionFate fate = await AskAsync(ageMilliseconds: 700_000);

        Assert.Equal(TransactionOutcome.Undecided, fate.Outcome);
        Assert.Contains("not above the start TS", fate.Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AskAsync_NoKeyOrNoTimestamp_NotAsked()
    {
        Assert.Contains("no key", (await FateInquiry.AskAsync(_source, new TransactionQuestion(StartTs, default, StartTs), default)).Found, StringComparison.Ordinal);
        Assert.Contains("no timestamp", (await FateInquiry.AskAsync(_source, new TransactionQuestion(StartTs, new byte[] { 1 }, 0), default)).Found, StringComparison.Ordinal);
        Assert.Empty(_source.WritesAsked);
        Assert.Empty(_source.StatusesAsked);
    }

    private Task<TransactionFate> AskAsync(long ageMilliseconds) =>
        FateInquiry.AskAsync(_source, new TransactionQuestion(StartTs, new byte[] { 1 }, Tso.FromParts(StartedAt + ageMilliseconds).Value), TestContext.Current.CancellationToken).AsTask();
}
