using Binlog.Service.Hosting;
using Binlog.Service.Pump.Deciding;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Pump.Storage.Indexing;
using Binlog.TestKit.Time;
using Binlog.TiDB;
using Binlog.TiDB.Records;

namespace Binlog.Service.Tests.Pump.Deciding;

public sealed class OperatorDecisionsTests : IDisposable
{
    private const ulong Day = 86_400_000UL << 18;

    private readonly SkippingTimeProvider _time = new(TimeSpan.FromSeconds(10));
    private readonly FakeUndecidedStore _store;
    private readonly OperatorDecisions _decisions;

    public OperatorDecisionsTests()
    {
        _store = new FakeUndecidedStore(_time);
        _decisions = new OperatorDecisions(_store, _time);
    }

    public void Dispose() => _decisions.Dispose();

    [Theory]
    [InlineData(9UL, "committed at 9")]
    [InlineData(null, "rolled back")]
    public async Task DecideAsync_Undecided_StoredWithWhoAndWhy(ulong? commitTs, string outcome)
    {
        _store.Prewrite(5, 6);

        DecisionAnswer answer = await DecideAsync(5, commitTs, " anna ", " seen in TiKV ");

        var decision = new TransactionDecision(5, commitTs, "anna", "seen in TiKV", Assert.Single(_store.Decisions).At);
        Assert.Equal(DecisionAnswer.Done(decision, $"The transaction of start TS 5 is {outcome}."), answer);
        Assert.Equal(decision, Assert.Single(_store.Decisions));
    }

    [Theory]
    [InlineData("", "why", "\"by\" is missing")]
    [InlineData("  ", "why", "\"by\" is missing")]
    [InlineData("anna", "", "\"reason\" is missing")]
    [InlineData("anna", "one\ntwo", "\"reason\" has control characters")]
    [InlineData("an\u001bna", "why", "\"by\" has control characters")]
    public async Task DecideAsync_WithoutWhoAndWhy_Refused(string by, string reason, string problem)
    {
        _store.Prewrite(5);

        await AssertRefusedAsync(1, problem, DecideAsync(5, 9, by, reason));
    }

    [Fact]
    public async Task DecideAsync_TextsTooLong_Refused()
    {
        _store.Prewrite(5);

        await AssertRefusedAsync(1, "\"by\" has 129 characters", DecideAsync(5, 9, new string('a', 129), "why"));
        await AssertRefusedAsync(1, "\"reason\" has 1025 characters", DecideAsync(5, 9, "anna", new string('a', 1025)));
    }

    [Theory]
    [InlineData(0UL, null, "The start TS is 0")]
    [InlineData(ulong.MaxValue, null, "The start TS is 18446744073709551615")]
    [InlineData(5UL, 5UL, "The commit TS 5 is not above the start TS 5")]
    [InlineData(5UL, Day + 6, "is more than 24 h after the start TS 5")]
    [InlineData(5UL, ulong.MaxValue, "is more than 24 h after the start TS 5")]
    public async Task DecideAsync_ImpossibleTimestamps_Refused(ulong startTs, ulong? commitTs, string problem)
    {
        _store.Prewrite(5);

        await AssertRefusedAsync(1, problem, DecideAsync(startTs, commitTs));
    }

    [Fact]
    public async Task DecideAsync_CommitTsAtTheLimitOrBelowWhatWasSeen_Taken()
    {
        _store.Prewrite(5, 6);
        Assert.Equal(200, (await DecideAsync(5, Day + 5)).Code);
        _store.MaxSeenTs = 3 * Day;
        Assert.Equal(200, (await DecideAsync(6, 3 * Day)).Code);
    }

    [Fact]
    public async Task DecideAsync_NotUndecided_NotFound()
    {
        _store.Prewrite(5);

        await AssertRefusedAsync(2, "start TS 6 is not undecided on this Pump", DecideAsync(6, 9));
    }

    [Fact]
    public async Task DecideAsync_TwoAtATime_SecondIsTold()
    {
        var storing = new TaskCompletionSource();
        _store.Prewrite(5);
        _store.Storing = storing.Task;
        Task<DecisionAnswer> first = DecideAsync(5, 9);
        Task<DecisionAnswer> second = DecideAsync(5, null);
        storing.SetResult();

        Assert.Equal((200, 2), ((await first).Code, (await second).Code));
        Assert.Equal(9UL, Assert.Single(_store.Decisions).CommitTs);
    }

    [Fact]
    public async Task DecideAsync_PrewriteIsMissing_CanOnlyBeGivenUp()
    {
        _store.HoldForPrewrite(5, 9);

        await AssertRefusedAsync(3, "can only be given up here: rollback", DecideAsync(5, 9));
        DecisionAnswer answer = await DecideAsync(5, null);

        Assert.Equal(200, answer.Code);
        Assert.Null(Assert.Single(_store.Decisions).CommitTs);
    }

    [Fact]
    public async Task DecideAsync_BelowWhatIsAnnounced_RefusedWithAdvice()
    {
        _store.Prewrite(5);
        _store.Refuse = decision => new CommitTooLateException(5, decision.CommitTs ?? 0, 20);

        await AssertRefusedAsync(3, "it can be rolled back here without a loss", DecideAsync(5, 9));
    }

    [Fact]
    public async Task DecideAsync_StoreRefuses_ReasonIsAnswered()
    {
        _store.Prewrite(5);
        _store.Refuse = _ => new TransactionRolledBackException(5);

        await AssertRefusedAsync(3, "was rolled back on this Pump", DecideAsync(5, 9));
    }

    public static TheoryData<string, int, string> Failures => new()
    {
        { "index", 503, "was not stored: The Pump's index can't be read at present" },
        { "damage", 503, "was not stored: The Pump's index is damaged" },
        { "long", 409, "prewrite can't be read, and a commit needs its key: too long" },
        { "garbage", 409, "prewrite can't be read, and a commit needs its key: " },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task DecideAsync_CannotBeRead_SaysWhatAndThatNothingIsStored(string kind, int status, string words)
    {
        _store.Prewrite(5);
        _store.Refuse = _ => Failure(kind);

        DecisionAnswer answer = await DecideAsync(5, 9);

        Assert.Equal((status, 3), (answer.HttpStatus, answer.Code));
        Assert.Contains(words, answer.Message, StringComparison.Ordinal);
        Assert.Null(answer.Decision);
    }

    [Fact]
    public async Task DecideAsync_OutcomeCannotBeLookedUpBefore_Unavailable()
    {
        _store.Prewrite(5);
        _store.FailFate = () => Failure("index");

        DecisionAnswer answer = await DecideAsync(5, 9);

        Assert.Equal(503, answer.HttpStatus);
        Assert.Contains("was not stored", answer.Message, StringComparison.Ordinal);
        Assert.Empty(_store.Decisions);
    }

    [Fact]
    public async Task DecideAsync_OutcomeCannotBeLookedUpAfter_SaysThatItIsStored()
    {
        _store.Prewrite(5);
        _store.FailFate = () => _store.Decisions.Count > 0 ? Failure("index") : null;

        DecisionAnswer answer = await DecideAsync(5, 9);

        Assert.Equal((200, Assert.Single(_store.Decisions)), (answer.Code, answer.Decision));
        Assert.Contains("is stored", answer.Message, StringComparison.Ordinal);
        Assert.Contains("can't be read at present", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DecideAsync_OrderDoesNotTakeItUp_SaysSo()
    {
        _store.Prewrite(5);
        _store.Sorts = false;

        DecisionAnswer answer = await DecideAsync(5, 9);

        Assert.Equal(200, answer.Code);
        Assert.Contains("has not taken it up yet", answer.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 9UL, "is committed at 9", "rolled back, is in the Pump's log and has no effect")]
    [InlineData(9UL, 0UL, "is rolled back", "committed at 9, is in the Pump's log and has no effect")]
    [InlineData(9UL, 8UL, "is committed at 8", "committed at 9, is in the Pump's log and has no effect")]
    public async Task DecideAsync_WriterWasFaster_ToldWhatCounts(ulong? commitTs, ulong writersCommitTs, string real, string decided)
    {
        var storing = new TaskCompletionSource();
        _store.Prewrite(5);
        _store.Storing = storing.Task;
        Task<DecisionAnswer> answering = DecideAsync(5, commitTs);
        _store.Decide(5, writersCommitTs);
        storing.SetResult();

        DecisionAnswer answer = await answering;

        Assert.Equal((409, 3), (answer.HttpStatus, answer.Code));
        Assert.Contains(real, answer.Message, StringComparison.Ordinal);
        Assert.Contains(decided, answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DecideAsync_WriterWasFasterWithTheSame_Done()
    {
        var storing = new TaskCompletionSource();
        _store.Prewrite(5);
        _store.Storing = storing.Task;
        Task<DecisionAnswer> answering = DecideAsync(5, 9);
        _store.Decide(5, 9);
        storing.SetResult();

        Assert.Equal(200, (await answering).Code);
    }

    private async Task AssertRefusedAsync(int code, string problem, Task<DecisionAnswer> answering)
    {
        DecisionAnswer answer = await answering;
        Assert.Equal(code, answer.Code);
        Assert.Contains(problem, answer.Message, StringComparison.Ordinal);
        Assert.Null(answer.Decision);
        Assert.Empty(_store.Decisions);
    }

    private Task<DecisionAnswer> DecideAsync(ulong startTs, ulong? commitTs, string by = "anna", string reason = "why") =>
        _decisions.DecideAsync(startTs, commitTs, by, reason, TestContext.Current.CancellationToken);

    private static Exception Failure(string kind) => kind switch
    {
        "index" => new IndexReadException("1.idx", new IOException("too many open files")),
        "damage" => new IndexDamagedException("1.idx", "a wrong checksum"),
        "long" => new ServiceException("too long"),
        _ => Assert.Throws<TiDBFormatException>(() => BinlogHeader.Parse([0x08, 0x09])),
    };
}
