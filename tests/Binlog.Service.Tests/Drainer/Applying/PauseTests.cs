using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Tests.Drainer.Relaying;
using Binlog.Service.Tests.Drainer.Schema;
using Binlog.Service.Tests.Drainer.Translating;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>An operator's pause: what is under way becomes durable, nothing follows, and the target's session stays.</summary>
public sealed class PauseTests : IAsyncLifetime
{
    private readonly RelayFolder _folder = new();
    private readonly SkippingTimeProvider _time = new(TimeSpan.Zero);
    private readonly ApplyProgress _progress = new();
    private readonly TargetState _state = new() { Checkpoint = new Checkpoint(100, 0) };
    private readonly CancellationTokenSource _stop = new();
    private Relay _relay = null!;
    private RelayWriter _writer = null!;
    private Task _running = Task.CompletedTask;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _relay = await _folder.OpenAsync();
        _writer = new RelayWriter(_relay, new FakeSchemaHistory(), _time, NullLogger.Instance);
        await _writer.StartAtAsync(100, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _relay.DisposeAsync();
        _folder.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Run_Paused_AppliesNothingAndThenAll()
    {
        Start();
        await _writer.WriteAsync([Transaction(110)], Token);
        await WaitForAsync(110);

        _progress.Pause.Begin(_time.GetUtcNow());
        await StillAsync();
        await _writer.WriteAsync([Transaction(120), Transaction(130)], Token);
        for (int minute = 1; minute <= 3; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await Eventually.HoldsAsync("the session is kept", () => _state.KeptAlive >= minute, Token);
        }

        Assert.Equal(new Checkpoint(110, 0), _state.Checkpoint);
        Assert.Equal(1, _state.Sessions);
        _progress.Pause.End(_time.GetUtcNow());
        await WaitForAsync(130);
        Assert.False(_progress.Pause.IsStill);
    }

    [Fact]
    public async Task Run_PausedWithinABacklog_StopsBehindTheGroupUnderWay()
    {
        var reached = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        int steps = 0;
        _state.Before = () =>
        {
            if (++steps == 3)
            {
                reached.SetResult();
                return goOn.Task;
            }

            return Task.CompletedTask;
        };
        await _writer.WriteAsync([.. Enumerable.Range(1, 50).Select(number => Transaction((ulong)(100 + number)))], Token);
        Start(new ApplyLimits { Transactions = 5 });
        await await Task.WhenAny(_running, reached.Task);

        _progress.Pause.Begin(_time.GetUtcNow());
        Assert.False(_progress.Pause.IsStill);
        goOn.SetResult();
        await StillAsync();

        ulong pausedAt = _state.Checkpoint!.CommitTs;
        Assert.InRange(pausedAt, 110UL, 125UL);
        _progress.Pause.End(_time.GetUtcNow());
        await WaitForAsync(150);
        Assert.Equal(10, _state.Commits.Count);
    }

    /// <summary>A session that is opened again while applying is paused doesn't begin with the first record that the target lacks.</summary>
    [Fact]
    public async Task Run_TargetIsLostWhilePaused_NothingIsAppliedByTheNextSession()
    {
        _progress.Pause.Begin(_time.GetUtcNow());
        await _writer.WriteAsync([Transaction(110)], Token);
        Start(new ApplyLimits { Transactions = 1 });
        await StillAsync();
        Assert.Empty(_state.Commits);

        _progress.Pause.End(_time.GetUtcNow());
        await WaitForAsync(110);
    }

    [Fact]
    public async Task Run_BatchIsMadeSmaller_HoldsForTheNextGroup()
    {
        Applier applier = Start(new ApplyLimits { Transactions = 100 });
        _progress.Pause.Begin(_time.GetUtcNow());
        await _writer.WriteAsync([.. Enumerable.Range(1, 30).Select(number => Transaction((ulong)(100 + number)))], Token);
        applier.Tuning.Limits = applier.Tuning.Limits with { Transactions = 3 };

        _progress.Pause.End(_time.GetUtcNow());
        await WaitForAsync(130);

        Assert.InRange(_state.Commits.Count, 10, 30);
        Assert.Equal(100, applier.Tuning.Configured.Transactions);
    }

    /// <summary>A transaction without rows: it moves the checkpoint.</summary>
    private static MergedBinlog Transaction(ulong commitTs) => RelayFolder.Transaction(new BinlogBuilder(0).Commit(commitTs));

    private Applier Start(ApplyLimits? limits = null)
    {
        var applier = new Applier(_state.NewSession, _relay, new FakeSchemaHistory(), limits ?? new ApplyLimits(), _progress, _time, NullLogger.Instance);
        _running = applier.RunAsync(_stop.Token);
        return applier;
    }

    private async Task WaitForAsync(ulong commitTs) => await await Task.WhenAny(_running, _progress.WaitForAsync(commitTs, Token));

    private Task StillAsync() => Eventually.HoldsAsync("nothing is under way", () => _running.IsFaulted ? throw _running.Exception! : _progress.Pause.IsStill, Token);
}
