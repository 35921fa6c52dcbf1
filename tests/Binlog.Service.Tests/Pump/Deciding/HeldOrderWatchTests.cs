using Binlog.Service.Hosting;
using Binlog.Service.Pump.Deciding;
using Binlog.TestKit.Time;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Tests.Pump.Deciding;

public sealed class HeldOrderWatchTests
{
    private readonly SkippingTimeProvider _time = new(TimeSpan.Zero);
    private readonly RecordedLog _log = new();
    private readonly FakeUndecidedStore _store;
    private readonly HeldOrderWatch _watch;

    public HeldOrderWatchTests()
    {
        _store = new FakeUndecidedStore(_time);
        _watch = new HeldOrderWatch(_store, TimeSpan.FromSeconds(30), () => "pump-1:8250", null, _time, _log);
    }

    [Fact]
    public void Look_HeldForLess_SaysNothing()
    {
        _store.Prewrite(5);
        LookAfter(TimeSpan.FromSeconds(29.9));
        _store.Decide(5);
        LookAfter(TimeSpan.FromSeconds(30));

        Assert.Empty(_log.Entries);
    }

    [Fact]
    public void Look_HeldForTheConfiguredTime_SaysWhatWaitsAndWhatToDo()
    {
        _store.Prewrite(5, 6, 7);
        _store.WaitingCount = 12;
        LookAfter(TimeSpan.FromSeconds(30));

        (LogLevel level, int id, string text) = Assert.Single(_log.Entries);
        Assert.Equal((LogLevel.Warning, EventIds.PumpOrderHeld), (level, id));
        Assert.Contains("the outcome of the transaction of start TS 5 since 2024-05-06T07:08:09Z", text, StringComparison.Ordinal);
        Assert.Contains("12 committed transactions wait behind it, 3 are undecided", text, StringComparison.Ordinal);
        Assert.Contains("binlogd transactions decide --pump pump-1:8250 --start-ts 5 --commit-ts N (or --rollback)", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Look_SourceIsAsked_SaysWhatItAnswers()
    {
        var cluster = new ClusterTime(_time);
        var asking = new FateLoop(_store, new ScriptedFate(), cluster, _time, _log);
        var watch = new HeldOrderWatch(_store, TimeSpan.FromSeconds(30), () => "pump-1:8250", asking, _time, _log);
        _store.Prewrite(cluster.Now);
        _time.Advance(TimeSpan.FromSeconds(30));
        await asking.StepAsync(TestContext.Current.CancellationToken);
        watch.Look();

        Assert.Contains("TiKV is asked every second; at last: no record of a commit or rollback, and with 30 s too young", Assert.Single(_log.Of(EventIds.PumpOrderHeld)), StringComparison.Ordinal);
    }

    [Fact]
    public void Look_HeldOn_SaidAgainEveryTenMinutes()
    {
        _store.Prewrite(5);
        LookAfter(TimeSpan.FromSeconds(30));
        LookAfter(TimeSpan.FromSeconds(599));
        Assert.Single(_log.Entries);

        LookAfter(TimeSpan.FromSeconds(1));
        Assert.Equal(2, _log.Of(EventIds.PumpOrderHeld).Count);
    }

    [Fact]
    public void Look_ReleasedAfterItWasSaid_SaysSoOnce()
    {
        _store.Prewrite(5);
        LookAfter(TimeSpan.FromSeconds(40));
        _store.Decide(5);
        LookAfter(TimeSpan.FromSeconds(1));
        LookAfter(TimeSpan.FromSeconds(1));

        Assert.Contains("start TS 5, for which it had waited 41 s", Assert.Single(_log.Of(EventIds.PumpOrderReleased)), StringComparison.Ordinal);
    }

    [Fact]
    public void Look_AnotherTransactionIsWaitedForNow_HasItsOwnTime()
    {
        _store.Prewrite(5, 6);
        LookAfter(TimeSpan.FromSeconds(30));
        _store.Decide(5);
        LookAfter(TimeSpan.FromSeconds(29));
        Assert.Single(_log.Of(EventIds.PumpOrderHeld));
        Assert.Single(_log.Of(EventIds.PumpOrderReleased));

        LookAfter(TimeSpan.FromSeconds(1));
        Assert.Contains("start TS 6", _log.Of(EventIds.PumpOrderHeld)[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Look_PrewriteIsMissing_AdviceIsToGiveItUp()
    {
        _store.HoldForPrewrite(5, 9);
        LookAfter(TimeSpan.FromSeconds(30));

        string text = Assert.Single(_log.Of(EventIds.PumpOrderHeld));
        Assert.Contains("the prewrite of the transaction of start TS 5, committed at 9", text, StringComparison.Ordinal);
        Assert.Contains("--start-ts 5 --rollback", text, StringComparison.Ordinal);
        Assert.DoesNotContain("--commit-ts", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_FollowTheStore()
    {
        Assert.Equal((0.0, 0, 0L), (_watch.HeldSeconds, _watch.UndecidedCount, _watch.WaitingCount));
        _store.Prewrite(5, 6);
        _store.WaitingCount = 3;
        _time.Advance(TimeSpan.FromSeconds(7));

        Assert.Equal((7.0, 2, 3L), (_watch.HeldSeconds, _watch.UndecidedCount, _watch.WaitingCount));
    }

    private void LookAfter(TimeSpan time)
    {
        _time.Advance(time);
        _watch.Look();
    }
}
