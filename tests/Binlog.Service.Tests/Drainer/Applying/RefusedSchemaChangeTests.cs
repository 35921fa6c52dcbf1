using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Applying.SchemaChanges;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>A schema change that the target refuses waits for somebody's choice, and nothing behind it is applied before that.</summary>
public sealed class RefusedSchemaChangeTests : IAsyncLifetime
{
    private readonly SkippingTimeProvider _time = new(TimeSpan.Zero);
    private readonly ApplyProgress _progress = new();
    private readonly TargetState _state = new() { Checkpoint = new Checkpoint(0, 0), RefusedSchemaChange = "the table is there already." };
    private readonly CancellationTokenSource _stop = new();
    private RecordedRelay _recorded = null!;
    private Task _running = Task.CompletedTask;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ulong First => _recorded.Ddls.Min();

    public async ValueTask InitializeAsync() => _recorded = await RecordedRelay.CreateAsync(60);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _recorded.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task Run_Refused_HoldsEverythingBehindItAndKeepsTheTarget()
    {
        Start();
        HeldSchemaChange held = await HeldAsync();
        for (int minute = 1; minute <= 3; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await Eventually.HoldsAsync("the new session is kept", () => _state.KeptAlive >= minute, Token);
        }

        Assert.Equal(First, held.Change.CommitTs);
        Assert.Equal("the table is there already.", held.Reason);
        Assert.Contains($"commit TS {First} ", _progress.Failure, StringComparison.Ordinal);
        Assert.Contains("Resolve-BinlogDdl", _progress.Failure, StringComparison.Ordinal);
        Assert.Equal(2, _state.Sessions);
        Assert.Empty(_state.Applied);
        Assert.False(_running.IsCompleted);
    }

    [Fact]
    public async Task TryChoose_RetryAfterTheCauseIsGone_AppliesEverything()
    {
        Start();
        await HeldAsync();

        _state.RefusedSchemaChange = null;
        Assert.True(_progress.Desk.TryChoose(First, SchemaChangeChoice.Retry));
        await AllAppliedAsync();

        Assert.Null(_progress.Desk.Held);
        Assert.Null(_progress.Failure);
        List<ulong> made = [.. _state.Applied.Where(applied => _recorded.Ddls.Contains(applied.CommitTs)).Select(applied => applied.CommitTs)];
        Assert.InRange(made.Count, 5, _recorded.Ddls.Count);
        Assert.Equal(made, _progress.Desk.Recent.Reverse().Select(finished => finished.Change.CommitTs));
        Assert.DoesNotContain(_progress.Desk.Recent, finished => finished.IsSkipped);
        Assert.Equal(made.Count, _progress.SchemaChanges);
    }

    [Fact]
    public async Task TryChoose_RetryWithTheCauseStillThere_HoldsAgain()
    {
        Start();
        HeldSchemaChange first = await HeldAsync();

        _time.Advance(TimeSpan.FromSeconds(1));
        _state.RefusedSchemaChange = "it is still there.";
        _progress.Desk.TryChoose(First, SchemaChangeChoice.Retry);
        HeldSchemaChange second = await HeldAsync();

        Assert.Equal(first.Change.JobId, second.Change.JobId);
        Assert.Equal("it is still there.", second.Reason);
        Assert.Empty(_state.Applied);
    }

    [Fact]
    public async Task TryChoose_Skip_PassesThisOneOnly()
    {
        Start();
        await HeldAsync();

        Assert.True(_progress.Desk.TryChoose(First, SchemaChangeChoice.Skip));
        HeldSchemaChange next = await HeldAsync(after: First);

        Assert.Equal([First], _state.Applied.Where(applied => applied.What.StartsWith("skipped", StringComparison.Ordinal)).Select(applied => applied.CommitTs));
        Assert.True(Assert.Single(_progress.Desk.Recent).IsSkipped);
        Assert.Equal(0, _progress.SchemaChanges);
        Assert.InRange(_state.Checkpoint!.CommitTs, First, next.Change.CommitTs - 1);
    }

    /// <summary>A choice stands until the checkpoint has passed the change, whatever becomes of sessions meanwhile.</summary>
    [Fact]
    public async Task TryChoose_SkipAndTheSessionIsLost_SkipsWithTheNextSession()
    {
        Start();
        await HeldAsync();
        int steps = 0;
        _state.Script = _ => ++steps == 1 ? TargetFailure.Lost : TargetFailure.None;

        _progress.Desk.TryChoose(First, SchemaChangeChoice.Skip);
        await Eventually.HoldsAsync("the session was lost", () => steps > 0 && _progress.Failure is not null, Token);
        _time.Advance(TimeSpan.FromMinutes(1));
        await HeldAsync(after: First);

        Assert.Equal([First], _state.Applied.Where(applied => applied.What.StartsWith("skipped", StringComparison.Ordinal)).Select(applied => applied.CommitTs));
    }

    [Fact]
    public async Task TryChoose_AnotherCommitTs_IsRefused()
    {
        Assert.False(_progress.Desk.TryChoose(First, SchemaChangeChoice.Skip));
        Start();
        await HeldAsync();

        Assert.False(_progress.Desk.TryChoose(First + 1, SchemaChangeChoice.Skip));
        Assert.NotNull(_progress.Desk.Held);
    }

    [Fact]
    public async Task Run_PausedWhileHeld_IsStill()
    {
        Start();
        await HeldAsync();

        _progress.Pause.Begin(_time.GetUtcNow());

        await Eventually.HoldsAsync("nothing is under way", () => _progress.Pause.IsStill, Token);
    }

    [Fact]
    public async Task Run_NotHolding_EndsWithReasonAndRemedy()
    {
        Start(holds: false);

        var error = await Assert.ThrowsAsync<SchemaChangeRefusedException>(() => _running);

        Assert.Equal("the table is there already. Mend it and start again.", error.Message);
        Assert.Null(_progress.Desk.Held);
    }

    [Fact]
    public async Task RunToEnd_Refused_EndsBecauseNobodyIsAsked()
    {
        await using Applier applier = Create(holds: true);

        await Assert.ThrowsAsync<SchemaChangeRefusedException>(() => applier.RunToEndAsync(Token));
    }

    private Applier Create(bool holds) =>
        new(_state.NewSession, _recorded.Relay, _recorded.History, new ApplyLimits(), _progress, _time, NullLogger.Instance) { HoldsRefusedSchemaChanges = holds };

    private void Start(bool holds = true) => _running = Create(holds).RunAsync(_stop.Token);

    private async Task<HeldSchemaChange> HeldAsync(ulong after = 0)
    {
        await Eventually.HoldsAsync(
            "a schema change is held",
            () => _running.IsFaulted ? throw _running.Exception! : _progress.Desk.Held is { } held && held.Change.CommitTs > after && _progress.Failure is not null,
            Token);
        return _progress.Desk.Held!;
    }

    private async Task AllAppliedAsync() => await await Task.WhenAny(_running, _progress.WaitForAsync(_recorded.LastCommitTs, Token));
}
