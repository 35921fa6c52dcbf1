using Binlog.Service.Drainer.Announcing;
using Binlog.Service.Tests.Hosting;
using Binlog.TestKit.Waiting;
using Grpc.Core;

namespace Binlog.Service.Tests.Drainer.Announcing;

public sealed class AnnouncementRequestsTests : IAsyncDisposable
{
    private readonly FakeAnnouncingPump _pump = new();
    private readonly InstantTimeProvider _time = new();
    private readonly CollectedLog _log = new();
    private readonly AnnouncementRequests _requests;

    public AnnouncementRequestsTests() => _requests = new AnnouncementRequests("pump-1", _pump, _time, _log);

    public ValueTask DisposeAsync() => _requests.DisposeAsync();

    [Fact]
    public async Task Ask_OneIsUnderWay_AsksAfterItOnceForTheGreatest()
    {
        var held = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pump.Answer = _ => held.Task;
        _requests.Ask(10);
        await _pump.WaitForAsync(10);

        _requests.Ask(11);
        _requests.Ask(13);
        _requests.Ask(12);
        held.SetResult(true);

        await _pump.WaitForAsync(10, 13);
        Assert.Equal(1, _pump.MostAtATime);
    }

    [Fact]
    public async Task Ask_NotAboveWhatWasAskedFor_AsksNothing()
    {
        _requests.Ask(10);
        await _pump.WaitForAsync(10);
        _requests.Ask(10);
        _requests.Ask(9);
        _requests.Ask(11);

        await _pump.WaitForAsync(10, 11);
    }

    [Fact]
    public async Task Ask_PumpDoesNotKnowTheRequest_IsAskedAgainWhenItIsConnectedAnew()
    {
        _pump.Answer = _ => Task.FromResult(false);
        _requests.Ask(10);
        await WaitForAnswerAsync();
        _requests.Ask(11);

        _requests.Renew();
        _requests.Ask(12);

        await _pump.WaitForAsync(10, 12);
        Assert.Contains("pump-1 does not announce", Assert.Single(_log.Entries).Text, StringComparison.Ordinal);
    }

    public static TheoryData<Exception> Failures => [new RpcException(new Status(StatusCode.Unavailable, "gone")), new ArgumentException("no address")];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Ask_PumpFails_IsLeftAloneForAWhile(Exception failure)
    {
        int failures = 1;
        _pump.Answer = _ => failures-- > 0 ? throw failure : Task.FromResult(true);
        _requests.Ask(10);
        await WaitForAnswerAsync();
        _requests.Ask(11);

        _time.Advance(TimeSpan.FromSeconds(1));
        _requests.Ask(12);

        await _pump.WaitForAsync(10, 12);
    }

    [Fact]
    public async Task DisposeAsync_OneIsUnderWay_EndsItAndAsksNothingMore()
    {
        _pump.Answer = token => Task.Delay(Timeout.Infinite, token).ContinueWith(_ => true, token);
        _requests.Ask(10);
        await _pump.WaitForAsync(10);

        await _requests.DisposeAsync();
        _requests.Ask(11);

        await _pump.WaitForAsync(10);
        Assert.True(_pump.IsDisposed);
    }

    /// <summary>Whatever the registry has: it keeps no Drainer from starting.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("no address")]
    [InlineData("::1:8250")]
    public async Task Open_AddressThatIsNone_FailsWhenItIsAsked(string address)
    {
        using var pump = new GrpcAnnouncingPump(address, 7, TimeProvider.System);

        await Assert.ThrowsAnyAsync<Exception>(() => pump.AskAsync(10, TestContext.Current.CancellationToken));
    }

    private Task WaitForAnswerAsync() => Eventually.HoldsAsync("the answer is noted", () => !_requests.IsAsking, TestContext.Current.CancellationToken);
}
