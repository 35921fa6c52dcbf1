using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Tests.Drainer.Relaying;
using Binlog.Service.Tests.Drainer.Schema;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Applying;

public sealed class KeepAliveTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_OnceAMinute_ShowsTheTargetThatItsSessionLives()
    {
        using var folder = new RelayFolder();
        await using Relay relay = await folder.OpenAsync();
        var time = new SkippingTimeProvider(TimeSpan.Zero);
        var writer = new RelayWriter(relay, new FakeSchemaHistory(), time, NullLogger.Instance);
        await writer.StartAtAsync(100, Token);
        var state = new TargetState { Checkpoint = new Checkpoint(100, 0) };
        var progress = new ApplyProgress();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task running = new Applier(state.NewSession, relay, new FakeSchemaHistory(), new ApplyLimits(), progress, time, NullLogger.Instance).RunAsync(stop.Token);
        await writer.WriteAsync([RelayFolder.Watermark(110)], Token);
        await await Task.WhenAny(running, progress.WaitForAsync(110, Token));
        Assert.Equal(0, state.KeptAlive);

        for (int minute = 1; minute <= 3; minute++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            await writer.WriteAsync([RelayFolder.Watermark((ulong)(110 + minute))], Token);
            await Eventually.HoldsAsync("the session is kept alive", () => state.KeptAlive == minute, Token);
        }

        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    /// <summary>A backlog may take hours, and the session with its lock has nothing else to do meanwhile.</summary>
    [Fact]
    public async Task Run_BacklogThatTakesLong_ShowsTheTargetThatItsSessionLives()
    {
        await using RecordedRelay recorded = await RecordedRelay.CreateAsync(120);
        var time = new SkippingTimeProvider(TimeSpan.Zero);
        var state = new TargetState
        {
            Checkpoint = new Checkpoint(0, 0),
            Before = () =>
            {
                time.Advance(TimeSpan.FromMinutes(2));
                return Task.CompletedTask;
            },
        };

        await new Applier(state.NewSession, recorded.Relay, recorded.History, new ApplyLimits { Transactions = 1 }, new ApplyProgress(), time, NullLogger.Instance).RunToEndAsync(Token);

        Assert.Equal(recorded.LastCommitTs, state.Checkpoint!.CommitTs);
        Assert.InRange(state.KeptAlive, 20, int.MaxValue);
    }

    [Fact]
    public async Task ReadCheckpoint_TargetStaysOpen_ForTheRunThatFollows()
    {
        using var folder = new RelayFolder();
        await using Relay relay = await folder.OpenAsync();
        var time = new SkippingTimeProvider(TimeSpan.Zero);
        await new RelayWriter(relay, new FakeSchemaHistory(), time, NullLogger.Instance).StartAtAsync(100, Token);
        var state = new TargetState();
        var progress = new ApplyProgress();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var applier = new Applier(state.NewSession, relay, new FakeSchemaHistory(), new ApplyLimits(), progress, time, NullLogger.Instance);

        Assert.Null(await applier.ReadCheckpointAsync(Token));
        Assert.Equal(new Checkpoint(100, 0), await applier.WriteFirstCheckpointAsync(new Checkpoint(100, 0), 0, Token));
        Task running = applier.RunAsync(stop.Token);
        await await Task.WhenAny(running, progress.WaitForAsync(100, Token));

        Assert.Equal(1, state.Sessions);
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }
}
