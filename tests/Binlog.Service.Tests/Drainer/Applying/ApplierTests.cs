using Binlog.Service.Downstream;
using Binlog.Service.Drainer;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Tests.Drainer.Relaying;
using Binlog.Service.Tests.Drainer.Schema;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Applying;

public sealed class ApplierTests : IAsyncLifetime
{
    private const int Binlogs = 250;
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private RecordedRelay _recorded = null!;
    private TargetState _undisturbed = null!;

    public async ValueTask InitializeAsync()
    {
        _recorded = await RecordedRelay.CreateAsync(Binlogs);
        _undisturbed = new TargetState { Checkpoint = new Checkpoint(0, 0) };
        await ApplyAllAsync(_undisturbed, new ApplyLimits { Transactions = 1 });
    }

    public ValueTask DisposeAsync() => _recorded.DisposeAsync();

    [Fact]
    public void Run_OneTransactionAtATime_GivesEachItsOwn()
    {
        Assert.InRange(_recorded.Ddls.Count, 5, Binlogs);
        Assert.InRange(_undisturbed.Applied.Count, Binlogs / 2, int.MaxValue);
        Assert.Equal(_undisturbed.Applied.Select(applied => applied.CommitTs).Order(), _undisturbed.Applied.Select(applied => applied.CommitTs));
        Assert.Equal(_recorded.LastCommitTs, _undisturbed.Checkpoint!.CommitTs);
    }

    /// <summary>Whatever fails, and however far it came: at the end everything is there, once, in order.</summary>
    [Fact]
    public void Run_TargetFailsAnywhere_NothingIsTwiceOrLeftOut()
    {
        Gen<Disturbance> disturbances =
            from transactions in Gen.Choose(1, 40)
            from rows in Gen.Choose(1, 60)
            from failures in Gen.ListOf(
                from step in Gen.Choose(1, 120)
                from failure in Gen.Elements(TargetFailure.Lost, TargetFailure.AnswerLost)
                select (step, failure))
            select new Disturbance(transactions, rows, [.. failures]);

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(disturbances.ToArbitrary(), disturbance =>
        {
            var failures = disturbance.Failures.GroupBy(failure => failure.Step).ToDictionary(group => group.Key, group => group.First().Failure);
            var state = new TargetState { Checkpoint = new Checkpoint(0, 0), Script = step => failures.GetValueOrDefault(step) };
            Task.Run(() => ApplyAllAsync(state, new ApplyLimits { Transactions = disturbance.Transactions, Rows = disturbance.Rows })).GetAwaiter().GetResult();

            Assert.Equal(_undisturbed.Applied, state.Applied);
            Assert.Equal(_undisturbed.Checkpoint, state.Checkpoint);
            return true;
        }));
    }

    [Fact]
    public async Task Run_LimitOfTransactions_NoGroupIsLarger()
    {
        var state = new TargetState { Checkpoint = new Checkpoint(0, 0) };
        await ApplyAllAsync(state, new ApplyLimits { Transactions = 5 });
        List<ulong> transactions = [.. RecordedStream.Payloads.Take(Binlogs).Select(payload => Binlog.TiDB.Records.BinlogHeader.Parse(payload.Span).CommitTs)];
        List<int> groups = [.. state.Commits.Zip(state.Commits.Prepend(new Checkpoint(0, 0)), (to, from) => transactions.Count(ts => ts > from.CommitTs && ts <= to.CommitTs))];

        Assert.InRange(groups.Max(), 2, 5);
        Assert.Equal(_undisturbed.Applied, state.Applied);
    }

    [Fact]
    public async Task Run_LimitOfRows_IsPassedByTheLastTransactionOnly()
    {
        var state = new TargetState { Checkpoint = new Checkpoint(0, 0) };
        await ApplyAllAsync(state, new ApplyLimits { Rows = 3 });
        int largest = _undisturbed.GroupRows.Max();

        Assert.InRange(state.GroupRows.Max(), 3, 2 + largest);
        Assert.Equal(_undisturbed.Applied, state.Applied);
    }

    [Fact]
    public async Task Run_SchemaChange_IsABarrier()
    {
        var state = new TargetState { Checkpoint = new Checkpoint(0, 0) };
        await ApplyAllAsync(state, new ApplyLimits());
        ulong[] changes = [.. state.Applied.Where(applied => !applied.What.StartsWith("Insert", StringComparison.Ordinal) && !applied.What.StartsWith("Update", StringComparison.Ordinal) && !applied.What.StartsWith("Delete", StringComparison.Ordinal)).Select(applied => applied.CommitTs)];

        Assert.NotEmpty(changes);
        foreach (ulong change in changes)
        {
            int index = state.Commits.FindIndex(checkpoint => checkpoint.CommitTs == change);
            Assert.NotEqual(-1, index);
            Assert.True(index == 0 || state.Commits[index].SchemaVersion >= state.Commits[index - 1].SchemaVersion);
        }

        Assert.Equal(_undisturbed.Applied, state.Applied);
    }

    [Fact]
    public async Task Run_Refused_EndsWithTheReasonAndWithoutAnotherTry()
    {
        var state = new TargetState { Checkpoint = new Checkpoint(0, 0), Script = step => step == 4 ? TargetFailure.Refused : TargetFailure.None };

        TargetException error = await Assert.ThrowsAsync<TargetException>(() => ApplyAllAsync(state, new ApplyLimits()));
        Assert.Contains("row 7 is not there", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, state.Sessions);
    }

    [Fact]
    public async Task Run_TargetAway_SaysWhyAndClearsItWhenBack()
    {
        var progress = new ApplyProgress();
        string? seen = null;
        var state = new TargetState
        {
            Checkpoint = new Checkpoint(0, 0),
            Script = step => step is >= 3 and < 6 ? TargetFailure.Lost : TargetFailure.None,
            Before = () =>
            {
                seen ??= progress.Failure;
                return Task.CompletedTask;
            },
        };
        await ApplyAllAsync(state, new ApplyLimits(), progress);

        Assert.Equal("scripted target: Lost", seen);
        Assert.Null(progress.Failure);
        Assert.Equal(_recorded.LastCommitTs, progress.CommitTs);
        Assert.Equal(4, state.Sessions);
    }

    [Fact]
    public async Task Run_CheckpointLost_Ends()
    {
        DrainerException error = await Assert.ThrowsAsync<DrainerException>(() => ApplyAllAsync(new TargetState(), new ApplyLimits()));
        Assert.Contains("scripted target has lost its checkpoint", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Watermarks_MoveTheCheckpointOnlyNowAndThen()
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
        for (ulong ts = 111; ts < 150; ts++)
        {
            await writer.WriteAsync([RelayFolder.Watermark(ts)], Token);
        }

        Assert.Single(state.Commits);
        for (ulong ts = 150; progress.CommitTs < 150 && !running.IsCompleted; ts++)
        {
            time.Advance(TimeSpan.FromSeconds(3.5));
            await writer.WriteAsync([RelayFolder.Watermark(ts)], Token);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    /// <summary>A Pump that leaves waits for the Drainer's checkpoint; in a cluster at rest no further watermark would push it.</summary>
    [Fact]
    public async Task Run_LastWatermark_MovesTheCheckpointWhenItIsDue()
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
        await progress.WaitForAsync(110, Token);
        await writer.WriteAsync([RelayFolder.Watermark(111)], Token);

        await Eventually.HoldsAsync(
            "the last watermark is the checkpoint",
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return progress.CommitTs == 111;
            },
            Token);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    /// <summary>A restarted Drainer whose relay log is full of what is applied must not wait for something to be applied.</summary>
    [Fact]
    public async Task Run_EverythingIsAppliedAlready_MakesRoom()
    {
        using var folder = new RelayFolder { MaxBytes = RelayFolder.SegmentBytes };
        ulong last = 100;
        await using (Relay relay = await folder.OpenAsync())
        {
            var writer = new RelayWriter(relay, new FakeSchemaHistory(), TimeProvider.System, NullLogger.Instance);
            await writer.StartAtAsync(last, Token);
            while (relay.Log.Segments.Sum(segment => segment.Bytes) < RelayFolder.SegmentBytes + 1000)
            {
                await writer.WriteAsync([RelayFolder.Transaction(++last, 500)], Token);
                await relay.MarkAppliedAsync(new Binlog.RelayLog.LogPosition(1, relay.Log.FlushedEnd.Offset), Token);
            }
        }

        await using Relay reopened = await folder.OpenAsync();
        Assert.InRange(reopened.BacklogBytes(), RelayFolder.SegmentBytes, long.MaxValue);
        var state = new TargetState { Checkpoint = new Checkpoint(last, 0) };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task running = new Applier(state.NewSession, reopened, new FakeSchemaHistory(), new ApplyLimits(), new ApplyProgress(), TimeProvider.System, NullLogger.Instance).RunAsync(stop.Token);

        await reopened.WaitForRoomAsync(Token).AsTask().WaitAsync(TimeSpan.FromMinutes(1), Token);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    /// <summary>What the relay log does not have must not be passed over, wherever in the log it is missing.</summary>
    [Fact]
    public async Task Run_GapInTheRelayLogAboveTheCheckpoint_EndsBeforeIt()
    {
        using var folder = new RelayFolder();
        await using Relay relay = await folder.OpenAsync();
        var writer = new RelayWriter(relay, new FakeSchemaHistory(), TimeProvider.System, NullLogger.Instance);
        await writer.StartAtAsync(100, Token);
        await writer.WriteAsync([RelayFolder.Watermark(200)], Token);
        await writer.StartAtAsync(400, Token);
        await writer.WriteAsync([RelayFolder.Watermark(500)], Token);
        var state = new TargetState { Checkpoint = new Checkpoint(150, 0) };
        var applier = new Applier(state.NewSession, relay, new FakeSchemaHistory(), new ApplyLimits(), new ApplyProgress(), TimeProvider.System, NullLogger.Instance);

        DrainerException error = await Assert.ThrowsAsync<DrainerException>(() => applier.RunAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token));
        Assert.Contains("between commit TS 200 and 400", error.Message, StringComparison.Ordinal);
        Assert.InRange(state.Checkpoint!.CommitTs, 150UL, 200UL);
    }

    [Fact]
    public async Task Run_DamagedJobInTheRelayLog_EndsWithCommitTs()
    {
        using var folder = new RelayFolder();
        await using Relay relay = await folder.OpenAsync();
        await new RelayWriter(relay, new FakeSchemaHistory(), TimeProvider.System, NullLogger.Instance).StartAtAsync(100, Token);
        await relay.Log.AppendAsync(new Binlog.RelayLog.RecordTag((ushort)RelayRecordKind.Ddl, 149, 150), RelayDdl.Join("{\"id\":"u8, "x"u8), Token);
        var state = new TargetState { Checkpoint = new Checkpoint(100, 0) };
        var applier = new Applier(state.NewSession, relay, new FakeSchemaHistory(), new ApplyLimits(), new ApplyProgress(), TimeProvider.System, NullLogger.Instance);

        DrainerException error = await Assert.ThrowsAsync<DrainerException>(() => applier.RunAsync(Token));
        Assert.Contains("commit TS 150", error.Message, StringComparison.Ordinal);
    }

    private async Task ApplyAllAsync(TargetState state, ApplyLimits limits, ApplyProgress? progress = null)
    {
        progress ??= new ApplyProgress();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var applier = new Applier(state.NewSession, _recorded.Relay, _recorded.History, limits, progress, new InstantTimeProvider(), NullLogger.Instance);
        Task running = applier.RunAsync(stop.Token);
        await Task.WhenAny(running, progress.WaitForAsync(_recorded.LastCommitTs, stop.Token));
        await stop.CancelAsync();
        await running.ContinueWith(_ => { }, TaskScheduler.Default);
        if (!running.IsCanceled)
        {
            await running;
        }
    }

    internal sealed record Disturbance(int Transactions, int Rows, IReadOnlyList<(int Step, TargetFailure Failure)> Failures);
}
