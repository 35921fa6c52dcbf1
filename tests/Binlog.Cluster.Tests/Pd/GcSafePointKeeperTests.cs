using System.Threading.Channels;
using Binlog.Cluster.Pd;
using Binlog.ClusterKit.Pd;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;

namespace Binlog.Cluster.Tests.Pd;

public sealed class GcSafePointKeeperTests
{
    private const string Service = "binlog-drainer-d1";

    private static readonly TimeSpan TimeToLive = TimeSpan.FromMinutes(5);

    // Skips the pauses of the client; the keeper's are longer.
    private readonly SkippingTimeProvider _time = new(TimeSpan.FromMilliseconds(500));
    private readonly Channel<GcSafePointState> _changes = Channel.CreateUnbounded<GcSafePointState>();
    private ulong _needed = 1000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_CheckpointMoves_IsFollowedEveryThirdOfTheTime()
    {
        await using PdDouble pd = await StartAsync();
        await using PdClient client = Connect(pd);
        using var ending = new CancellationTokenSource();
        GcSafePointKeeper keeper = Keeper(client);
        Task running = keeper.RunAsync(ending.Token);

        Assert.Equal(GcSafePointKind.Kept, (await _changes.Reader.ReadAsync(Token)).Kind);
        Assert.Equal(1000ul, pd.SafePoints.Entries[Service]);
        Assert.Equal(1000ul, pd.SafePoints.Collect(5000));
        Volatile.Write(ref _needed, 2000);
        await AdvanceUntilAsync("the next safe point", TimeToLive / 3, () => keeper.State.SafePoint == 2000);
        Assert.Equal(2000ul, pd.SafePoints.Collect(5000));

        await ending.CancelAsync();
        await running;
        Assert.Equal(GcSafePointKind.Removed, keeper.State.Kind);
        Assert.DoesNotContain(Service, pd.SafePoints.Entries.Keys);
        Assert.Equal(5000ul, pd.SafePoints.Collect(5000));
    }

    [Fact]
    public async Task RunAsync_NothingNeededYet_AsksForNothing()
    {
        await using PdDouble pd = await StartAsync();
        await using PdClient client = Connect(pd);
        _needed = 0;
        using var ending = new CancellationTokenSource();
        GcSafePointKeeper keeper = Keeper(client);
        Task running = keeper.RunAsync(ending.Token);

        Assert.Equal(GcSafePointKind.Idle, keeper.State.Kind);
        Volatile.Write(ref _needed, 1500);
        await AdvanceUntilAsync("the first safe point", TimeToLive / 3, () => keeper.State.Kind == GcSafePointKind.Kept);

        Assert.Equal(1500ul, pd.SafePoints.Entries[Service]);
        await ending.CancelAsync();
        await running;
    }

    [Fact]
    public async Task RunAsync_NothingWasEverNeeded_GivesNothingBack()
    {
        await using PdDouble pd = await StartAsync();
        await using PdClient client = Connect(pd);
        _needed = 0;
        using var ending = new CancellationTokenSource();
        await ending.CancelAsync();

        await Keeper(client).RunAsync(ending.Token);

        Assert.False(pd.Members[0].Calls.ContainsKey("UpdateServiceGCSafePoint"));
    }

    [Fact]
    public async Task RunAsync_EndIsNotForGood_LeavesTheSafePointToExpire()
    {
        await using PdDouble pd = await StartAsync();
        await using PdClient client = Connect(pd);
        using var ending = new CancellationTokenSource();
        GcSafePointKeeper keeper = Keeper(client, givesBack: false);
        Task running = keeper.RunAsync(ending.Token);
        Assert.Equal(GcSafePointKind.Kept, (await _changes.Reader.ReadAsync(Token)).Kind);

        await ending.CancelAsync();
        await running;

        Assert.Equal(1000ul, pd.SafePoints.Entries[Service]);
        _time.Advance(TimeToLive);
        Assert.DoesNotContain(Service, pd.SafePoints.Entries.Keys);
    }

    [Fact]
    public async Task RunAsync_GarbageWasCollectedBeyond_SaysSoOnceAndKeepsTrying()
    {
        await using PdDouble pd = await StartAsync();
        pd.SafePoints.Collect(3000);
        await using PdClient client = Connect(pd);
        using var ending = new CancellationTokenSource();
        GcSafePointKeeper keeper = Keeper(client);
        Task running = keeper.RunAsync(ending.Token);

        GcSafePointState refused = await _changes.Reader.ReadAsync(Token);
        Assert.Equal((GcSafePointKind.Refused, 1000ul, 3000ul), (refused.Kind, refused.SafePoint, refused.Minimum));
        Assert.Contains("at 1000 (", refused.Message, StringComparison.Ordinal);
        Assert.Contains("already 3000 (", refused.Message, StringComparison.Ordinal);
        Assert.Contains("of gc_worker", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Service, pd.SafePoints.Entries.Keys);
        Volatile.Write(ref _needed, 2000);
        await AdvanceUntilAsync("another attempt", TimeToLive / 3, () => keeper.State.SafePoint == 2000);
        Assert.False(_changes.Reader.TryPeek(out _));
        Volatile.Write(ref _needed, 3000);
        await AdvanceUntilAsync("the safe point that is possible", TimeToLive / 3, () => keeper.State.Kind == GcSafePointKind.Kept);
        Assert.Equal(3000ul, pd.SafePoints.Entries[Service]);
        await ending.CancelAsync();
        await running;
    }

    [Fact]
    public async Task RunAsync_PdIsGoneForAWhile_SaysSoAndTriesSooner()
    {
        await using PdDouble pd = await StartAsync();
        await using PdClient client = Connect(pd);
        using var ending = new CancellationTokenSource();
        GcSafePointKeeper keeper = Keeper(client);
        Task running = keeper.RunAsync(ending.Token);
        Assert.Equal(GcSafePointKind.Kept, (await _changes.Reader.ReadAsync(Token)).Kind);

        await pd.Members[0].StopAsync();
        await AdvanceUntilAsync("the failure", TimeToLive / 3, () => keeper.State.Kind == GcSafePointKind.Failing);
        Assert.Contains("within 5 s", keeper.State.Message, StringComparison.Ordinal);
        await pd.Members[0].StartAsync();
        await AdvanceUntilAsync("the next attempt", TimeToLive / 30, () => keeper.State.Kind == GcSafePointKind.Kept);

        await ending.CancelAsync();
        await running;
    }

    [Fact]
    public async Task RunAsync_NodeDied_SafePointExpires()
    {
        await using PdDouble pd = await StartAsync();
        await using PdClient client = Connect(pd);
        await client.UpdateServiceGcSafePointAsync(Service, TimeToLive, 1000, Token);
        Assert.Equal(1000ul, pd.SafePoints.Collect(4000));

        _time.Advance(TimeToLive);

        Assert.Equal(4000ul, pd.SafePoints.Collect(4000));
        Assert.Equal(4000ul, await client.GetGcSafePointAsync(Token));
    }

    [Fact]
    public async Task UpdateServiceGcSafePointAsync_AnotherServiceHoldsLess_AnswersWithThat()
    {
        await using PdDouble pd = await StartAsync();
        pd.SafePoints.Collect(500);
        pd.SafePoints.Update("ticdc", 600, 700);
        pd.SafePoints.Collect(1000);
        await using PdClient client = Connect(pd);

        GcSafePoint answer = await client.UpdateServiceGcSafePointAsync(Service, TimeSpan.FromSeconds(0.5), 900, Token);

        Assert.Equal(700ul, answer.Minimum);
        Assert.Equal(900ul, pd.SafePoints.Entries[Service]);
    }

    [Theory]
    [InlineData("", 300)]
    [InlineData(Service, 2)]
    public async Task RunAsync_InvalidSettings_AreRefused(string serviceId, int seconds)
    {
        await using PdClient client = new(new PdClientOptions { Endpoints = ["127.0.0.1:1"] });
        var keeper = new GcSafePointKeeper(client, new GcSafePointKeeperOptions { ServiceId = serviceId, Needed = () => 1, TimeToLive = TimeSpan.FromSeconds(seconds) });

        await Assert.ThrowsAnyAsync<ArgumentException>(() => keeper.RunAsync(Token));
    }

    // The keeper reads the clock when it begins to wait, which the test can't see: it moves on until it has happened.
    private Task AdvanceUntilAsync(string what, TimeSpan step, Func<bool> condition) => Eventually.HoldsAsync(
        what,
        () =>
        {
            _time.Advance(step / 8);
            return condition();
        },
        Token);

    private async Task<PdDouble> StartAsync()
    {
        PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { Time = _time });
        pd.Regions.AddStore("127.0.0.1:1");
        return pd;
    }

    private PdClient Connect(PdDouble pd) => new(new PdClientOptions { Endpoints = pd.Endpoints, Time = _time });

    private GcSafePointKeeper Keeper(PdClient client, bool givesBack = true) => new(client, new GcSafePointKeeperOptions
    {
        ServiceId = Service,
        Needed = () => Volatile.Read(ref _needed),
        TimeToLive = TimeToLive,
        GivesBackAtEnd = () => givesBack,
        Time = _time,
        Changed = state => _changes.Writer.TryWrite(state),
    });
}
