using Binlog.Cluster.Timestamps;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Outside;
using Binlog.Service.Drainer;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Tests.Drainer.Relaying;
using Binlog.Service.Tests.Drainer.Schema;
using Binlog.TestKit.Time;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>Checkpoint of the target × relay log × configuration.</summary>
public sealed class StartPositionTests : IDisposable
{
    private const ulong Now = 9_000;
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly RelayFolder _folder = new() { MaxBytes = 2 * RelayFolder.SegmentBytes };
    private readonly TargetState _target = new();

    /// <summary>Jobs that finished at 300, 500 and 700, with versions 3, 5 and 7.</summary>
    private readonly FakeSchemaHistory _history = new(
        Definitions.CreateDatabase(3, Definitions.Db1, "db1"), Definitions.CreateDatabase(5, Definitions.Db2, "db2"), Definitions.CreateDatabase(7, 35, "db3"));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0L, 0UL, 0L)]
    [InlineData(499L, 499UL, 3L)]
    [InlineData(500L, 500UL, 5L)]
    [InlineData(-1L, Now, 7L)]
    public async Task Decide_NothingYet_BeginsAsConfiguredAndTellsBoth(long initialCommitTs, ulong expected, long expectedVersion)
    {
        await using Relay relay = await _folder.OpenAsync();

        Assert.Equal(expected, await DecideAsync(relay, initialCommitTs));
        Assert.Equal(new Checkpoint(expected, expectedVersion), _target.Checkpoint);
        Assert.Equal([(RelayRecordKind.Start, expected)], RelayFolder.Records(relay));
        Assert.Equal(expected, await DecideAsync(relay, 12345));
    }

    [Theory]
    [InlineData(200UL, 300UL)]
    [InlineData(100UL, 300UL)]
    [InlineData(300UL, 300UL)]
    public async Task Decide_RelayReachesTheCheckpoint_GoesOnAfterTheRelay(ulong checkpoint, ulong expected)
    {
        await using Relay relay = await FilledAsync(100, 200, 300);
        _target.Checkpoint = new Checkpoint(checkpoint, 0);

        Assert.Equal(expected, await DecideAsync(relay, -1));
        Assert.Equal(new Checkpoint(checkpoint, 0), _target.Checkpoint);
        Assert.Equal(3, RelayFolder.Records(relay).Count);
    }

    [Fact]
    public async Task Decide_TargetIsAheadOfTheRelay_GoesOnAfterTheTargetAndMarksTheGap()
    {
        await using Relay relay = await FilledAsync(100, 200, 300);
        _target.Checkpoint = new Checkpoint(400, 3);

        Assert.Equal(400UL, await DecideAsync(relay, 0));
        Assert.Equal((RelayRecordKind.Start, 400UL), RelayFolder.Records(relay)[^1]);
        Assert.Equal(400UL, await DecideAsync(relay, 0));
        Assert.Equal(4, RelayFolder.Records(relay).Count);
    }

    [Fact]
    public async Task Decide_NewDataDirectory_GoesOnAfterTheTarget()
    {
        await using Relay relay = await _folder.OpenAsync();
        _target.Checkpoint = new Checkpoint(250, 0);

        Assert.Equal(250UL, await DecideAsync(relay, 0));
        Assert.Equal([(RelayRecordKind.Start, 250UL)], RelayFolder.Records(relay));
        Assert.Equal((true, 250UL), (relay.HasBeginning, relay.CompleteAfter));
    }

    [Fact]
    public async Task Decide_NewTargetForAWholeRelay_FillsItFromTheRelay()
    {
        await using (Relay first = await FilledAsync(350, 600))
        {
            Assert.Equal(600UL, first.LastCommitTs);
        }

        await using Relay relay = await _folder.OpenAsync();

        Assert.Equal(600UL, await DecideAsync(relay, -1));
        Assert.Equal(new Checkpoint(350, 3), _target.Checkpoint);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Decide_NewTargetForATrimmedRelay_Refuses(bool reopened)
    {
        Relay relay = await TrimmedAsync();
        if (reopened)
        {
            await relay.DisposeAsync();
            relay = await _folder.OpenAsync();
        }

        await using (relay)
        {
            DrainerException error = await Assert.ThrowsAsync<DrainerException>(() => DecideAsync(relay, 0));
            Assert.Contains("no checkpoint", error.Message, StringComparison.Ordinal);
            Assert.Contains($"begins only after commit TS {relay.Log.BaseCommitTs}", error.Message, StringComparison.Ordinal);
            Assert.Null(_target.Checkpoint);
        }
    }

    [Fact]
    public async Task Run_TargetIsBehindTheRelay_EndsAndAppliesNothing()
    {
        await using Relay relay = await TrimmedAsync();
        _target.Checkpoint = new Checkpoint(50, 0);

        Assert.Equal(relay.LastCommitTs, await DecideAsync(relay, 0));
        DrainerException error = await Assert.ThrowsAsync<DrainerException>(() => Applier(relay).RunAsync(Token));
        Assert.Contains("is at commit TS 50", error.Message, StringComparison.Ordinal);
        Assert.Contains($"after commit TS {relay.Log.BaseCommitTs}", error.Message, StringComparison.Ordinal);
        Assert.Equal(new Checkpoint(50, 0), _target.Checkpoint);
    }

    [Fact]
    public async Task Decide_TargetIsNotThereYet_WaitsForIt()
    {
        _target.Script = step => step < 5 ? TargetFailure.Lost : TargetFailure.None;
        await using Relay relay = await _folder.OpenAsync();

        Assert.Equal(7UL, await DecideAsync(relay, 7));
    }

    [Fact]
    public async Task Decide_TargetStaysAway_EndsAfterAWhileWithItsReason()
    {
        _target.Script = _ => TargetFailure.Lost;
        await using Relay relay = await _folder.OpenAsync();

        TargetException error = await Assert.ThrowsAsync<TargetException>(() => DecideAsync(relay, 7));
        Assert.Contains("scripted target: Lost", error.Message, StringComparison.Ordinal);
        Assert.InRange(_target.Sessions, 100, 200);
    }

    /// <summary>The second step writes the first checkpoint.</summary>
    [Theory]
    [InlineData(nameof(TargetFailure.Lost))]
    [InlineData(nameof(TargetFailure.AnswerLost))]
    public async Task Decide_ConnectionLostAtTheFirstCheckpoint_TriesAgain(string failure)
    {
        _target.Script = step => step == 2 ? Enum.Parse<TargetFailure>(failure) : TargetFailure.None;
        await using Relay relay = await _folder.OpenAsync();

        Assert.Equal(500UL, await DecideAsync(relay, 500));
        Assert.Equal(new Checkpoint(500, 5), Assert.Single(_target.Commits));
        Assert.Equal(500UL, await DecideAsync(relay, 0));
        Assert.Equal([(RelayRecordKind.Start, 500UL)], RelayFolder.Records(relay));
    }

    [Fact]
    public async Task Decide_OriginalEndedInOrder_GoesOnThereWhateverIsConfigured()
    {
        _target.Originals.Enqueue(new OriginalCheckpoint(700, IsConsistent: true, "there"));
        await using Relay relay = await _folder.OpenAsync();

        Assert.Equal(700UL, await TakeOverAsync(relay, new SkippingTimeProvider(TimeSpan.FromMinutes(1))));

        Assert.Equal((700UL, 0UL), (_target.Checkpoint!.CommitTs, _target.AnyUpTo));
    }

    [Fact]
    public async Task Decide_OriginalWasKilled_IsWatchedAndWhatItMayHaveDoneIsInDoubt()
    {
        _target.Originals.Enqueue(new OriginalCheckpoint(700, IsConsistent: false, "there"));
        var time = new SkippingTimeProvider(TimeSpan.FromMinutes(1));
        await using Relay relay = await _folder.OpenAsync();

        Assert.Equal(700UL, await TakeOverAsync(relay, time));

        Assert.Equal((700UL, FreshTso.Present), (_target.Checkpoint!.CommitTs, _target.AnyUpTo));
        Assert.Equal(12, time.Skips);
    }

    [Fact]
    public async Task Decide_OriginalStillRuns_IsRefused()
    {
        _target.Originals.Enqueue(new OriginalCheckpoint(700, IsConsistent: false, "there"));
        _target.Originals.Enqueue(new OriginalCheckpoint(700, IsConsistent: false, "there"));
        _target.Originals.Enqueue(new OriginalCheckpoint(701, IsConsistent: false, "there"));
        await using Relay relay = await _folder.OpenAsync();

        DrainerException error = await Assert.ThrowsAsync<DrainerException>(() => TakeOverAsync(relay, new SkippingTimeProvider(TimeSpan.FromMinutes(1))));

        Assert.StartsWith("TiDB Binlog's Drainer still replicates into this target: its checkpoint in there has moved from commit TS 700 to 701", error.Message, StringComparison.Ordinal);
        Assert.Null(_target.Checkpoint);
    }

    [Fact]
    public async Task Decide_OriginalEndsWhileItIsWatched_GoesOnFromItsLastCheckpoint()
    {
        _target.Originals.Enqueue(new OriginalCheckpoint(700, IsConsistent: false, "there"));
        _target.Originals.Enqueue(new OriginalCheckpoint(709, IsConsistent: true, "there"));
        await using Relay relay = await _folder.OpenAsync();

        Assert.Equal(709UL, await TakeOverAsync(relay, new SkippingTimeProvider(TimeSpan.FromMinutes(1))));
        Assert.Equal(0UL, _target.AnyUpTo);
    }

    private Task<ulong> TakeOverAsync(Relay relay, TimeProvider time)
    {
        Applier applier = Applier(relay);
        var originals = new OriginalTakeover(applier, new Collecting.FakeRegistry(), new FreshTso(), time, NullLogger.Instance);
        return new StartPosition(applier, relay, Writer(relay), _history, new FixedTso(), 500) { Originals = originals }.DecideAsync(Token);
    }

    private async Task<Relay> FilledAsync(ulong start, params ulong[] watermarks)
    {
        Relay relay = await _folder.OpenAsync();
        RelayWriter writer = Writer(relay);
        await writer.StartAtAsync(start, Token);
        foreach (ulong watermark in watermarks)
        {
            await writer.WriteAsync([RelayFolder.Watermark(watermark)], Token);
        }

        return relay;
    }

    private async Task<Relay> TrimmedAsync()
    {
        Relay relay = await FilledAsync(100);
        for (ulong ts = 101; ts < 140; ts++)
        {
            await Writer(relay).WriteAsync([RelayFolder.Transaction(ts, 1000)], Token);
            await relay.MarkAppliedAsync(relay.Log.FlushedEnd, Token);
        }

        Assert.InRange(relay.Log.BaseCommitTs, 101UL, 139UL);
        return relay;
    }

    private Task<ulong> DecideAsync(Relay relay, long initialCommitTs) =>
        new StartPosition(Applier(relay), relay, Writer(relay), _history, new FixedTso(), initialCommitTs).DecideAsync(Token);

    private Applier Applier(Relay relay) => new(_target.NewSession, relay, _history, new ApplyLimits(), new ApplyProgress(), new InstantTimeProvider(), NullLogger.Instance);

    private RelayWriter Writer(Relay relay) => new(relay, _history, new InstantTimeProvider(), NullLogger.Instance);

    private sealed class FreshTso : ITsoSource
    {
        public const ulong Present = 900;

        public ValueTask<ulong> NextAsync(int count, CancellationToken cancellationToken) => ValueTask.FromResult(Present);

        public ValueTask<ulong> ObserveAsync(ulong seen, CancellationToken cancellationToken) => ValueTask.FromResult(seen);
    }

    private sealed class FixedTso : ITsoSource
    {
        public ValueTask<ulong> NextAsync(int count, CancellationToken cancellationToken) => throw new InvalidOperationException("No fresh timestamp is needed.");

        public ValueTask<ulong> ObserveAsync(ulong seen, CancellationToken cancellationToken) => ValueTask.FromResult(Math.Max(seen, Now));
    }
}
