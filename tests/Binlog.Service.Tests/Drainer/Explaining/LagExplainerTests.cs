using Binlog.Cluster.Registry;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Applying.SchemaChanges;
using Binlog.Service.Drainer.Applying.Large;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Explaining;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Tests.Drainer.Collecting;
using Binlog.Service.Tests.Drainer.Merging;
using Binlog.Service.Tests.Drainer.Relaying;
using Binlog.Service.Tests.Drainer.Schema;
using Binlog.TiDB;
using Binlog.TiDB.Schema;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Explaining;

/// <summary>A Drainer's stages, put together by hand, and what the explainer says about them.</summary>
public sealed class LagExplainerTests : IAsyncLifetime
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly InstantTimeProvider _time = new();
    private readonly FakeRegistry _registry = new() { Nodes = [FakeRegistry.Pump("a")] };
    private readonly FakePump _pump = new();
    private readonly FakeTargetWaits _waits = new();
    private readonly FakePumpOrder _order = new();
    private readonly ApplyProgress _progress = new();
    private readonly RelayFolder _folder = new() { MaxBytes = 1000 };
    private Relay _relay = null!;
    private RelayWriter _writer = null!;
    private Collector _collector = null!;
    private ApplyRateMeter _rate = null!;
    private LagExplainer _explainer = null!;

    private ulong Now => Tso.FromDateTimeOffset(_time.GetUtcNow()).Value;

    public async ValueTask InitializeAsync()
    {
        _relay = await _folder.OpenAsync();
        _writer = new RelayWriter(_relay, new FakeSchemaHistory(), _time, NullLogger.Instance);
        await _writer.StartAtAsync(Now - 1, Token);
        _relay.NoteApplied(1);
        await _relay.MarkAppliedAsync(_relay.Log.FlushedEnd, Token);
        _progress.Add(Now - 1, 0, 0, 0, _time.GetUtcNow());
        var merger = new Merger(Now - 1, OpenFence.Create(), NullLogger.Instance);
        _collector = new Collector(_registry, merger, _ => _pump, TestMemory.Create(), _time, NullLogger.Instance);
        _rate = new ApplyRateMeter(_relay, _progress, _time);
        _explainer = new LagExplainer(_collector, merger, _relay, _writer.Activity, _progress, _rate, new TargetExplainer(_progress, _waits), _order, _time);
        await _collector.RefreshAsync(Token);
        await UntilAsync(() => !_pump.Pulls.IsEmpty);
    }

    public async ValueTask DisposeAsync()
    {
        await _collector.DisposeAsync();
        await _relay.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Explain_Idle_NamesNothingAndTheLag()
    {
        _time.Advance(TimeSpan.FromMilliseconds(40));

        LagReason reason = Assert.Single((await _explainer.ExplainAsync(Token)).Reasons);

        Assert.Equal("none", reason.Kind);
        Assert.Matches("^Nothing holds the Drainer back: everything that Pumps sent is applied, and the newest of it is 4[01] ms old.$", reason.Message);
        Assert.Equal(0, _waits.Questions);
    }

    [Fact]
    public async Task Explain_PausedPump_IsNamed()
    {
        _pump.EndStream(null);
        _registry.Nodes = [FakeRegistry.Pump("a", NodeState.Paused)];
        await _collector.RefreshAsync(Token);
        await UntilAsync(() => _collector.Sources[0].Failure is not null);

        LagReason reason = Assert.Single((await _explainer.ExplainAsync(Token)).Reasons);

        Assert.Equal(("pump-paused", "a", "Merging waits for Pump a at a:8250: it is paused; merging goes on when it is started again"), (reason.Kind, reason.Where, reason.Message));
    }

    [Fact]
    public async Task Explain_SilentPump_IsAskedWhatItsOrderWaitsFor()
    {
        _time.Advance(TimeSpan.FromSeconds(8));
        LagReason silent = Assert.Single((await _explainer.ExplainAsync(Token)).Reasons);
        Assert.Equal(("pump-silent", 8), (silent.Kind, (int)silent.Figures["silentSeconds"]));

        _order.Answer = new HeldPumpOrder(446, WaitsForOutcome: true, 65, 3);
        LagReason held = Assert.Single((await _explainer.ExplainAsync(Token)).Reasons);
        Assert.Equal(("pump-order", 446, 3), (held.Kind, (int)held.Figures["startTs"], (int)held.Figures["waitingTransactions"]));
        Assert.StartsWith("Merging waits for Pump a at a:8250: its order has waited 65 s for the outcome of the transaction of start TS 446; 3 committed", held.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_NothingIsWritten_SilenceHoldsNothing()
    {
        _registry.Nodes = [FakeRegistry.Pump("a") with { IsAlive = true, MaxCommitTs = (long)(Now - 1) }];
        await _collector.RefreshAsync(Token);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("none", Assert.Single((await _explainer.ExplainAsync(Token)).Reasons).Kind);

        _order.Answer = new HeldPumpOrder(446, WaitsForOutcome: false, 65, 3);
        Assert.Equal("pump-order", Assert.Single((await _explainer.ExplainAsync(Token)).Reasons).Kind);
    }

    [Fact]
    public async Task Explain_PumpThatCatchesUp_IsNamedWithWhereItIs()
    {
        ulong old = Now;
        _time.Advance(TimeSpan.FromSeconds(30));
        _registry.Nodes = [FakeRegistry.Pump("a") with { IsAlive = true, MaxCommitTs = (long)Now }];
        await _collector.RefreshAsync(Token);
        _pump.Send(FakePump.Transaction(old));
        await UntilAsync(() => _collector.Sources[0].LastTs == old);
        Assert.True(_collector.Sources[0].Queue.TryRead(out _));

        LagReason reason = Assert.Single((await _explainer.ExplainAsync(Token)).Reasons);

        Assert.Equal(("pump-behind", $"Merging follows Pump a at a:8250, which sends and is 30 s behind what it has, at commit TS {old}."), (reason.Kind, reason.Message));
    }

    [Fact]
    public async Task Explain_NoPump_SaysSo()
    {
        _registry.Nodes = [];
        await _collector.RefreshAsync(Token);

        Assert.Equal("no-pump", Assert.Single((await _explainer.ExplainAsync(Token)).Reasons).Kind);
    }

    [Fact]
    public async Task Explain_RowLock_ComesFirstAndTheFullRelayAfterIt()
    {
        await RelayAsync(2000);
        _waits.Answer = [new TargetWait("`d`.`t`", 7, 9, "anna@h:1 (idle in its transaction)", TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(60))];
        Assert.DoesNotContain((await _explainer.ExplainAsync(Token)).Reasons, reason => reason.Kind == "row-lock");
        Assert.Equal(0, _waits.Questions);

        Task waiting = _writer.WriteAsync([RelayFolder.Transaction(Now + 2)], Token);
        _time.Advance(TimeSpan.FromSeconds(4));
        IReadOnlyList<LagReason> reasons = (await _explainer.ExplainAsync(Token)).Reasons;

        Assert.Equal(["row-lock", "relay-full"], reasons.Select(reason => reason.Kind));
        Assert.Equal("`d`.`t`", reasons[0].Where);
        Assert.StartsWith("The Drainer's connection 7 has waited 4 s for the lock on a row of `d`.`t`; connection 9, anna@h:1 (idle in its transaction), holds it", reasons[0].Message, StringComparison.Ordinal);
        Assert.Equal(1000, reasons[1].Figures["maxBytes"]);
        await _relay.MarkAppliedAsync(_relay.Log.FlushedEnd, Token);
        await waiting;
    }

    [Fact]
    public async Task Explain_Paused_ComesFirstAndTheTargetIsNotBlamed()
    {
        await RelayAsync(2000);
        _progress.Pause.Begin(_time.GetUtcNow());
        _progress.Pause.NoteStill();
        _time.Advance(TimeSpan.FromMinutes(1));

        IReadOnlyList<LagReason> reasons = (await _explainer.ExplainAsync(Token)).Reasons;

        Assert.Equal(("paused", 60), (reasons[0].Kind, (int)reasons[0].Figures["seconds"]));
        Assert.DoesNotContain(reasons, reason => reason.Kind is "target-busy" or "apply-backlog");
        Assert.Equal(0, _waits.Questions);
    }

    [Fact]
    public async Task Explain_Backlog_HasFiguresAndTheTimeItTakes()
    {
        _rate.Note();
        _time.Advance(TimeSpan.FromSeconds(20));
        await RelayAsync(100, 100);
        using (Binlog.RelayLog.LogReader reader = _relay.Log.OpenReader(default))
        {
            Assert.True(reader.TryRead(out _) && reader.TryRead(out _));
            await _relay.MarkAppliedAsync(reader.Position, Token);
            _relay.NoteApplied(2);
        }

        _progress.Add(_progress.CommitTs + 1, 1, 40, 0, _time.GetUtcNow());
        LagReport report = await _explainer.ExplainAsync(Token);
        LagReason reason = report.Reasons[0];

        Assert.Equal(("apply-backlog", 1, 2), (reason.Kind, (int)reason.Figures["records"], (int)reason.Figures["rowsPerSecond"]));
        Assert.Equal(report.BacklogBytes, reason.Figures["bytes"]);
        Assert.InRange(report.SecondsToCatchUp!.Value, 1, 60);
    }

    [Fact]
    public async Task Explain_SchemaChange_SaysWhichAndSinceWhen()
    {
        await RelayAsync(10);
        _progress.SchemaChange = new SchemaChangeUnderWay(5, 77, DdlActionType.AddIndex, "ALTER TABLE t ADD INDEX (a)", _time.GetUtcNow());
        _time.Advance(TimeSpan.FromSeconds(90));

        LagReason reason = (await _explainer.ExplainAsync(Token)).Reasons[0];

        Assert.Equal("schema-change", reason.Kind);
        Assert.Equal("The target has been making the schema change of commit TS 5 (job 77, AddIndex) for 90 s; everything after it waits: ALTER TABLE t ADD INDEX (a)", reason.Message);
    }

    [Fact]
    public async Task Explain_RefusedSchemaChange_SaysSoInsteadOfAFailure()
    {
        await RelayAsync(10);
        var change = new SchemaChangeUnderWay(5, 77, DdlActionType.AddIndex, "ALTER TABLE t ADD INDEX (a)", _time.GetUtcNow());
        _progress.Desk.Hold(new HeldSchemaChange(change, "there are duplicates.", _time.GetUtcNow()));
        _progress.Failure = "The target refuses it: there are duplicates.";
        _time.Advance(TimeSpan.FromSeconds(90));

        IReadOnlyList<LagReason> reasons = (await _explainer.ExplainAsync(Token)).Reasons;

        Assert.Equal(("schema-change-refused", "The target refuses it: there are duplicates."), (reasons[0].Kind, reasons[0].Message));
        Assert.Equal((5m, 77m, 90m), (reasons[0].Figures["commitTs"], reasons[0].Figures["jobId"], reasons[0].Figures["seconds"]));
        Assert.DoesNotContain(reasons, reason => reason.Kind == "target-failed");
    }

    [Fact]
    public async Task Explain_LargeTransactionUnderWay_SaysHowFarItIs()
    {
        await RelayAsync(10);
        var large = new LargeTransactionUnderWay(5, 2_000_000_000, _time.GetUtcNow()) { Stage = LargeStage.Executing };
        large.AddRows(4000);
        _progress.Large = large;
        _time.Advance(TimeSpan.FromSeconds(90));

        LagReason reason = (await _explainer.ExplainAsync(Token)).Reasons[0];

        Assert.Equal("large-transaction", reason.Kind);
        Assert.Equal("The transaction of commit TS 5, 2000000000 bytes, is applied in pieces since 90 s; everything after it waits: 4000 rows are executed.", reason.Message);
        Assert.Equal((4000m, 90m), (reason.Figures["rows"], reason.Figures["seconds"]));

        large.BeginAnew();
        large.Stage = LargeStage.Ordering;
        Assert.EndsWith("rows that hand keys on are looked for (attempt 2).", (await _explainer.ExplainAsync(Token)).Reasons[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_TargetAway_ComesBeforeEverythingElse()
    {
        _progress.Failure = "MySQL at h:1, connecting: refused";
        _relay.Failure = "the disk is full";
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(["target-failed", "relay-failed", "pump-silent"], (await _explainer.ExplainAsync(Token)).Reasons.Select(reason => reason.Kind));
    }

    private async Task RelayAsync(params int[] sizes)
    {
        ulong commitTs = Now;
        foreach (int size in sizes)
        {
            await _writer.WriteAsync([RelayFolder.Transaction(commitTs++, size)], Token);
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Yield();
        }
    }
}
