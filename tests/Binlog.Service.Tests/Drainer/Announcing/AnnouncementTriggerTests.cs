using Binlog.Service.Drainer.Announcing;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Tests.Drainer.Collecting;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Announcing;

public sealed class AnnouncementTriggerTests : IAsyncDisposable
{
    private readonly SkippingTimeProvider _time = new(TimeSpan.Zero);
    private readonly List<PumpSource> _sources = [];
    private readonly Dictionary<PumpSource, FakeAnnouncingPump> _asked = [];
    private readonly AnnouncementTrigger _trigger;

    public AnnouncementTriggerTests() => _trigger = new AnnouncementTrigger(() => _sources, _time);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _trigger.Dispose();
        foreach (PumpSource source in _sources)
        {
            await source.DisposeAsync();
        }
    }

    [Fact]
    public async Task Note_OthersHaveSentNothingAsNew_AreAskedForTheNewest()
    {
        PumpSource writer = await AddAsync(FakePump.Transaction(20));
        PumpSource behind = await AddAsync(FakePump.Transaction(15), FakePump.Fake(18));
        PumpSource silent = await AddAsync();

        _time.Advance(AnnouncementTrigger.Patience);

        await _asked[silent].WaitForAsync(20);
        await _asked[behind].WaitForAsync(20);
        Assert.Empty(_asked[writer].Asked);
    }

    /// <summary>The sources are looked at in their order: when the last one is asked, the others have been passed over.</summary>
    [Fact]
    public async Task Note_OthersSendSomethingInTime_AreNotAsked()
    {
        await AddAsync(FakePump.Transaction(20));
        PumpSource busy = await AddAsync(FakePump.Fake(20));
        PumpSource silent = await AddAsync();

        _time.Advance(AnnouncementTrigger.Patience);

        await _asked[silent].WaitForAsync(20);
        Assert.Empty(_asked[busy].Asked);
    }

    [Fact]
    public async Task Note_OnlyPointsInTime_NobodyIsAsked()
    {
        PumpSource first = await AddAsync(FakePump.Fake(20));
        PumpSource second = await AddAsync();
        _time.Advance(AnnouncementTrigger.Patience);

        // Only now is there something to wait for.
        await AddAsync(FakePump.Transaction(30));
        _time.Advance(AnnouncementTrigger.Patience);

        await _asked[second].WaitForAsync(30);
        await _asked[first].WaitForAsync(30);
    }

    [Fact]
    public async Task Note_AnotherArrivesBeforeTheLook_HasALookOfItsOwn()
    {
        await AddAsync(FakePump.Transaction(20));
        PumpSource between = await AddAsync(FakePump.Fake(25));
        await AddAsync(FakePump.Transaction(30));
        PumpSource silent = await AddAsync();

        _time.Advance(AnnouncementTrigger.Patience);
        await _asked[silent].WaitForAsync(30);
        Assert.Empty(_asked[between].Asked);

        await Eventually.HoldsAsync(
            "the one between is asked",
            () =>
            {
                _time.Advance(AnnouncementTrigger.Patience);
                return _asked[between].Asked.SequenceEqual([30UL]);
            },
            Cancelled);
    }

    [Fact]
    public async Task Note_PumpIsAway_IsNotAsked()
    {
        var away = new FakePump { Refusal = new RpcException(new Status(StatusCode.Unavailable, "gone")) };
        PumpSource failing = Add(away);
        await Eventually.HoldsAsync("it has failed", () => failing.Failure is not null, Cancelled);
        await AddAsync(FakePump.Transaction(20));
        PumpSource silent = await AddAsync();

        _time.Advance(AnnouncementTrigger.Patience);

        await _asked[silent].WaitForAsync(20);
        Assert.Empty(_asked[failing].Asked);
    }

    private async Task<PumpSource> AddAsync(params PulledBinlog[] binlogs)
    {
        PumpSource source = Add(new FakePump().Send(binlogs));
        await Eventually.HoldsAsync("it has sent everything", () => source.LastTs == (binlogs.Length == 0 ? 10 : binlogs[^1].CommitTs), Cancelled);
        return source;
    }

    private PumpSource Add(FakePump pump)
    {
        var announcing = new FakeAnnouncingPump();
        var requests = new AnnouncementRequests("pump", announcing, TimeProvider.System, NullLogger.Instance);
        var source = new PumpSource("pump", "pump:8250", pump, 10, TestMemory.Create(), TimeProvider.System, NullLogger.Instance, trigger: _trigger, announcements: requests);
        _sources.Add(source);
        _asked[source] = announcing;
        return source;
    }
}
