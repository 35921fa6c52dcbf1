using Binlog.Cluster.Pumps.Members;
using Binlog.TestKit.Time;

namespace Binlog.Cluster.Tests.Pumps;

public sealed class CallLimitTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(32);

    private readonly SkippingTimeProvider _time = new(TimeSpan.Zero);

    [Fact]
    public void Begin_CallsOfAShortWhile_ShareATokenThatLastsForEachOfThem()
    {
        var limit = new CallLimit(Limit, _time);

        CancellationToken first = limit.Begin();
        _time.Advance(TimeSpan.FromSeconds(0.9));
        CancellationToken second = limit.Begin();
        _time.Advance(TimeSpan.FromSeconds(0.1));
        CancellationToken third = limit.Begin();

        Assert.Equal(first, second);
        Assert.NotEqual(second, third);
    }

    [Fact]
    public async Task Token_CallAtItsLimit_IsCancelledNotEarlierAndNotMuchLater()
    {
        var limit = new CallLimit(Limit, _time);
        limit.Begin();
        _time.Advance(TimeSpan.FromSeconds(0.9));
        CancellationToken token = limit.Begin();
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(cancelled.SetResult);

        _time.Advance(Limit);
        Assert.False(token.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }
}
