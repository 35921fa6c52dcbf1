using Binlog.RelayLog;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Tests.Commands.Inspect;
using Binlog.Service.Tests.Drainer.Applying;
using Binlog.Service.Tests.Drainer.Schema;
using Binlog.Service.Tests.Pump.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Relaying;

/// <summary>A relay log whose first record is lost serves a target that is beyond what may be lost, and no other.</summary>
public sealed class RelayBeginningTests : IDisposable
{
    private const ulong Last = 400;

    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly RelayFolder _folder = new();
    private readonly RecordingLogger _logger = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Nothing tells what a damaged record was, so what the whole segment had may be missing.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Open_FirstRecordDamaged_CompleteAfterItsSegment(bool isTrimmed)
    {
        ulong bound = await DamageFirstAsync(isTrimmed);

        await using Relay relay = await _folder.OpenAsync(_logger);

        Assert.Equal((bound, Last, false), (relay.CompleteAfter, relay.LastCommitTs, relay.HasBeginning));
        Assert.Contains($"{bound}", Assert.Single(_logger.Warnings), StringComparison.Ordinal);
        await ServesFromAsync(relay, bound);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Open_FirstRecordRepaired_CompleteAfterTheGap(bool isTrimmed)
    {
        await DamageFirstAsync(isTrimmed);
        ulong bound = InspectRun.Records(_folder.Path)[0].Tag.CommitTs;
        await RepairAsync(commitTsAscends: true);

        await using Relay relay = await _folder.OpenAsync(_logger);

        Assert.Equal((bound, Last, false), (relay.CompleteAfter, relay.LastCommitTs, relay.HasBeginning));
        await ServesFromAsync(relay, bound);
    }

    [Fact]
    public async Task Open_GapThatNothingBounds_RefusedAndClosed()
    {
        await using (SegmentedLog log = await OpenLogAsync())
        {
            await log.AppendAsync(Tag(RelayRecordKind.Start, 100), default, Token);
            await log.AppendAsync(Tag(RelayRecordKind.Watermark, 101), default, Token);
        }

        InspectRun.Damage(_folder.Path, InspectRun.Records(_folder.Path)[0].Position);
        await RepairAsync(commitTsAscends: false);

        await Assert.ThrowsAsync<LogGapException>(() => _folder.OpenAsync());

        await using SegmentedLog free = await OpenLogAsync();
        Assert.Equal(101UL, free.HighestCommitTs);
    }

    /// <summary>A target at the bound gets everything behind it; one below is refused, and nothing is applied to it.</summary>
    private static async Task ServesFromAsync(Relay relay, ulong bound)
    {
        var below = new TargetState { Checkpoint = new Checkpoint(bound - 1, 0) };
        DrainerException refused = await Assert.ThrowsAsync<DrainerException>(() => NewApplier(below, relay, new ApplyProgress()).RunAsync(Token));
        Assert.Contains($"only what comes after commit TS {bound}", refused.Message, StringComparison.Ordinal);
        Assert.Empty(below.Commits);

        var beyond = new TargetState { Checkpoint = new Checkpoint(bound, 0) };
        var progress = new ApplyProgress();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task running = NewApplier(beyond, relay, progress).RunAsync(stop.Token);
        await Task.WhenAny(running, progress.WaitForAsync(Last, stop.Token));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(Last, beyond.Checkpoint!.CommitTs);
    }

    private static Applier NewApplier(TargetState state, Relay relay, ApplyProgress progress) =>
        new(state.NewSession, relay, new FakeSchemaHistory(), new ApplyLimits(), progress, new InstantTimeProvider(), NullLogger.Instance);

    /// <summary>Fills several segments, damages the first record that is left, and returns what the second segment begins after.</summary>
    private async Task<ulong> DamageFirstAsync(bool isTrimmed)
    {
        ulong bound;
        await using (SegmentedLog log = await OpenLogAsync())
        {
            await log.AppendAsync(Tag(RelayRecordKind.Start, 100), default, Token);
            for (ulong ts = 101; ts <= Last; ts++)
            {
                await log.AppendAsync(Tag(RelayRecordKind.Watermark, ts), default, Token);
            }

            if (isTrimmed)
            {
                await log.ApplyRetentionAsync(new RetentionPolicy { KeepFrom = new LogPosition(2, 0), MaxBytes = 1 }, Token);
            }

            Assert.Equal(isTrimmed, log.BaseCommitTs > 0);
            bound = log.Segments[1].BaseCommitTs;
        }

        InspectRun.Damage(_folder.Path, InspectRun.Records(_folder.Path)[0].Position);
        return bound;
    }

    private async Task RepairAsync(bool commitTsAscends)
    {
        using LogRepair repair = await LogRepair.BeginAsync(new LogRepairOptions { Directory = _folder.Path, CommitTsAscends = commitTsAscends }, null, Token);
        Assert.NotNull(repair.Apply(null, Token));
    }

    private Task<SegmentedLog> OpenLogAsync() =>
        SegmentedLog.OpenAsync(new SegmentedLogOptions { Directory = _folder.Path, ClusterId = 1, SegmentSizeBytes = RelayFolder.SegmentBytes }, Token);

    private static RecordTag Tag(RelayRecordKind kind, ulong commitTs) => new((ushort)kind, 0, commitTs);
}
