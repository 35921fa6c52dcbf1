using Binlog.Service.Pump.Leaving;
using Binlog.Service.Tests.Pump.Serving;
using Binlog.TiDB.Contracts;
using Grpc.Core;

namespace Binlog.Service.Tests.Pump.Leaving;

public sealed class WritesInFlightTests
{
    private readonly WritesInFlight _writes = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WaitForPresent_Nothing_Returns() => await _writes.WaitForPresentAsync(Cancelled);

    [Fact]
    public async Task WaitForPresent_CallsOfBefore_AreWaitedForAndLaterOnesNot()
    {
        (Task first, TaskCompletionSource endFirst) = Call();
        (Task second, TaskCompletionSource endSecond) = Call();
        Task waiting = _writes.WaitForPresentAsync(Cancelled);
        (Task later, TaskCompletionSource endLater) = Call();
        endFirst.SetResult();
        await first;
        Assert.False(waiting.IsCompleted);

        endSecond.SetResult();
        await second;

        // The later call went to the other slot, which is waited for too: it may have come before an earlier wait that was given up.
        endLater.SetResult();
        await later;
        await waiting.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
    }

    [Fact]
    public async Task WaitForPresent_EarlierWaitWasGivenUp_StillWaitsForItsCalls()
    {
        (Task call, TaskCompletionSource end) = Call();
        using var giveUp = new CancellationTokenSource();
        Task earlier = _writes.WaitForPresentAsync(giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => earlier);

        Task waiting = _writes.WaitForPresentAsync(Cancelled);
        Assert.False(waiting.IsCompleted);
        end.SetResult();
        await call;

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

    [Fact]
    public async Task WaitForPresent_RunningPull_IsNotWaitedFor()
    {
        await using RunningPump pump = await RunningPump.StartAsync();
        using AsyncServerStreamingCall<PullBinlogResp> pull = pump.Pull(0);
        await pull.ResponseHeadersAsync.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);

        await pump.InFlight.WaitForPresentAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
    }

    [Fact]
    public async Task WaitForPresent_WriteWasRefused_IsNotWaitedFor()
    {
        await using RunningPump pump = await RunningPump.StartAsync();
        await pump.RefusalOfAsync([0xff, 0xff]);

        await pump.InFlight.WaitForPresentAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
    }

    private (Task Call, TaskCompletionSource End) Call()
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (CallAsync(), end);

        async Task CallAsync()
        {
            int slot = _writes.Enter();
            await end.Task;
            _writes.Leave(slot);
        }
    }
}
