using Binlog.Service.Pump.Leaving;

namespace Binlog.Service.Tests.Pump.Leaving;

public sealed class WritesInFlightTests
{
    private readonly WritesInFlight _writes = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WaitForPresent_Nothing_Returns() => await _writes.WaitForPresentAsync(Cancelled);

    [Fact]
    public async Task WaitForPresent_CallsOfBefore_AreAllWaitedFor()
    {
        int first = _writes.Enter();
        int second = _writes.Enter();
        Task waiting = _writes.WaitForPresentAsync(Cancelled);
        _writes.Leave(first);
        Assert.False(waiting.IsCompleted);

        _writes.Leave(second);

        await waiting.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
    }

    [Fact]
    public async Task WaitForPresent_EarlierWaitWasGivenUp_StillWaitsForItsCalls()
    {
        int slot = _writes.Enter();
        using var giveUp = new CancellationTokenSource();
        Task earlier = _writes.WaitForPresentAsync(giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => earlier);

        Task waiting = _writes.WaitForPresentAsync(Cancelled);
        Assert.False(waiting.IsCompleted);
        _writes.Leave(slot);

        await waiting.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
    }

    [Fact]
    public async Task WaitForPresent_CallsComeAndGoAllTheTime_Ends()
    {
        using var stop = new CancellationTokenSource();
        Task[] callers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                int slot = _writes.Enter();
                await Task.Yield();
                _writes.Leave(slot);
            }
        }))];
        for (int round = 0; round < 200; round++)
        {
            await _writes.WaitForPresentAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers);
    }
}
