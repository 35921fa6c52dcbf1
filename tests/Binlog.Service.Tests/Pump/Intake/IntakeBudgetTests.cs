using Binlog.Service.Pump;
using Binlog.Service.Pump.Intake;

namespace Binlog.Service.Tests.Pump.Intake;

public sealed class IntakeBudgetTests
{
    private readonly IntakeBudget _budget = new(new PumpMemory(LargeMessages: 100, SmallMessages: 10, Tail: 0, ReadAhead: 0, Pulls: 0));

    [Fact]
    public void TryTakeSmall_OverTheShare_RefusedAndNotCounted()
    {
        Assert.True(_budget.TryTakeSmall(6));
        Assert.False(_budget.TryTakeSmall(5));
        Assert.True(_budget.TryTakeSmall(4));
        _budget.ReleaseSmall(6);
        Assert.True(_budget.TryTakeSmall(6));
        Assert.Equal(10, _budget.InFlight);
    }

    [Fact]
    public async Task TakeLargeAsync_NoRoom_WaitsInTheOrderOfArrival()
    {
        Assert.True(await _budget.TakeLargeAsync(80, CancellationToken.None));
        Task<bool> second = _budget.TakeLargeAsync(50, CancellationToken.None).AsTask();
        Task<bool> third = _budget.TakeLargeAsync(10, CancellationToken.None).AsTask();
        Assert.False(second.IsCompleted || third.IsCompleted);

        _budget.ReleaseLarge(80);

        Assert.True(await second);
        Assert.True(await third);
        Assert.Equal(60, _budget.InFlight);
    }

    [Fact]
    public async Task TakeLargeAsync_LargerThanTheShare_TakenAlone()
    {
        Assert.True(await _budget.TakeLargeAsync(1, CancellationToken.None));
        Task<bool> huge = _budget.TakeLargeAsync(1000, CancellationToken.None).AsTask();
        Assert.False(huge.IsCompleted);

        _budget.ReleaseLarge(1);
        Assert.True(await huge);
        Task<bool> next = _budget.TakeLargeAsync(1, CancellationToken.None).AsTask();
        Assert.False(next.IsCompleted);
        _budget.ReleaseLarge(1000);

        Assert.True(await next);
    }

    [Fact]
    public async Task TakeLargeAsync_FirstOfTheQueueCancelled_TheNextIsAdmitted()
    {
        using var cancel = new CancellationTokenSource();
        Assert.True(await _budget.TakeLargeAsync(80, CancellationToken.None));
        Task<bool> cancelled = _budget.TakeLargeAsync(90, cancel.Token).AsTask();
        Task<bool> next = _budget.TakeLargeAsync(20, CancellationToken.None).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.True(await next);
        Assert.Equal((100L, 0), (_budget.InFlight, _budget.Waiting));
    }

    [Fact]
    public async Task TakeLargeAsync_TooManyWait_RefusedAtOnce()
    {
        Assert.True(await _budget.TakeLargeAsync(100, CancellationToken.None));
        Task<bool>[] waiting = [.. Enumerable.Range(0, IntakeBudget.MaxWaiting).Select(_ => _budget.TakeLargeAsync(1, CancellationToken.None).AsTask())];

        Assert.False(await _budget.TakeLargeAsync(1, CancellationToken.None));

        _budget.ReleaseLarge(100);
        Assert.All(await Task.WhenAll(waiting), Assert.True);
    }
}
