using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Repairing;

/// <summary>A log that is refused because its acknowledged end is missing opens again after a repair, with a gap where the end was.</summary>
public sealed class MissingEndRepairTests
{
    /// <summary>Three segments of one record each; the last has two.</summary>
    private static readonly int[] Sizes = [3000, 3000, 3000, 40];

    private readonly MemoryFileSystem _files = new();

    /// <summary>How much of the last segment is left.</summary>
    [Theory]
    [InlineData(-1)]
    [InlineData(-88)]
    [InlineData(500)]
    [InlineData(128)]
    public async Task Apply_CutBelowACleanClose_LeavesAGapUpToThere(int length)
    {
        LogPosition end = await CloseAsync();
        MemoryFile last = _files.File(DamagedLog.PathOf(3));
        last.Content = length < 0 ? last.Content[..^-length] : last.Content[..length];
        await RefusedAsync();

        LogRepairPlan plan = await RepairDriver.RepairAsync(_files);

        DamagedRange damage = plan.Damages.Single(damage => damage.Kind == DamageKind.Records);
        Assert.Equal((3ul, end.Offset, true), (damage.Segment, damage.To, damage.IsMinimum));
        Assert.Equal(length < 0 ? [1, 2, 3] : [1ul, 2], await RepairDriver.ReadAllAsync(_files));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Apply_SegmentsMissingBelowACleanClose_LeavesAGapInTheirPlace(int firstMissing)
    {
        await CloseAsync();
        for (int number = firstMissing; number <= 3; number++)
        {
            _files.Delete(DamagedLog.PathOf((ulong)number));
        }

        await RefusedAsync();

        LogRepairPlan plan = await RepairDriver.RepairAsync(_files);

        Assert.Equal(Enumerable.Range(firstMissing, 4 - firstMissing).Select(number => (ulong)number), plan.Segments);
        Assert.True(plan.IsMinimum);
        Assert.Equal(RepairDriver.Sequences(firstMissing - 1), await RepairDriver.ReadAllAsync(_files));
    }

    [Fact]
    public async Task Apply_CallerKnowsTheEnd_CountsWhatIsLost()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        Guid logId;
        LogPosition end;
        await using (SegmentedLog log = await LogDriver.OpenAsync(built.Options(built.Files.Restart())))
        {
            (logId, end) = (log.LogId, log.FlushedEnd);
        }

        MemoryFileSystem cut = built.With(3, content => content[..500]);
        var options = RepairDriver.Options(cut) with { KnownEnd = new KnownEnd(logId, end, 5, "the checkpoint") };

        using (LogRepair repair = await LogRepair.BeginAsync(options, null, CancellationToken.None))
        {
            Assert.Equal(2ul, repair.Plan.LostRecords);
            Assert.NotNull(repair.Apply(null, CancellationToken.None));
        }

        await using SegmentedLog opened = await LogDriver.OpenAsync(built.Options(cut) with { KnownEnd = options.KnownEnd, PassGaps = true });
        Assert.Equal((4ul, end), (opened.LastSequence, opened.FlushedEnd));
        Assert.Equal([3000, 3000], LogDriver.ReadAll(opened));
    }

    /// <summary>Whoever gets the end again elsewhere must not come upon a gap there; damage before it is taken out as ever.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Apply_MissingEndAccepted_LeavesNoGapThere(bool isDamagedBefore)
    {
        LogPosition end = await CloseAsync();
        MemoryFile last = _files.File(DamagedLog.PathOf(3));
        last.Content = last.Content[..^1];
        _files.File(DamagedLog.PathOf(1)).Content[200] ^= (byte)(isDamagedBefore ? 1 : 0);

        LogRepairPlan plan;
        using (LogRepair repair = await LogRepair.BeginAsync(RepairDriver.Options(_files) with { AcceptMissingEnd = true }, null, CancellationToken.None))
        {
            plan = repair.Plan;
            Assert.Equal(isDamagedBefore, repair.Apply(null, CancellationToken.None) is not null);
        }

        Assert.Equal(isDamagedBefore ? [1ul] : [], plan.Segments);
        Assert.Equal((isDamagedBefore ? 1ul : 0, false), (plan.LostRecords, plan.IsMinimum));
        Assert.Equal((3ul, end.Offset), (Assert.Single(plan.MissingEnd).Segment, plan.MissingEnd[0].To));
        LogVerification found = (await LogVerifier.VerifyAsync(LogDriver.Options(DamagedLog.Directory, _files), CancellationToken.None))!;
        Assert.Equal((true, isDamagedBefore ? 1 : 0), (found.IsIntact, found.Segments.Sum(segment => segment.Segment.Gaps)));
        Assert.Equal(RepairDriver.Sequences(3, isDamagedBefore ? 1ul : 0), await RepairDriver.ReadAllAsync(_files));
    }

    /// <summary>A repair of one segment doesn't speak of the others.</summary>
    [Fact]
    public async Task Apply_OneSegmentWithMissingEndAccepted_TheEndIsStillMissing()
    {
        await CloseAsync();
        MemoryFile last = _files.File(DamagedLog.PathOf(3));
        last.Content = last.Content[..^1];
        _files.File(DamagedLog.PathOf(1)).Content[200] ^= 1;

        using (LogRepair repair = await LogRepair.BeginAsync(RepairDriver.Options(_files, sequence: 1) with { AcceptMissingEnd = true }, null, CancellationToken.None))
        {
            Assert.NotNull(repair.Apply(null, CancellationToken.None));
        }

        await RefusedAsync();
    }

    [Fact]
    public async Task VerifyAsync_SegmentMissingBelowACleanClose_IsDamage()
    {
        LogPosition end = await CloseAsync();
        _files.Delete(DamagedLog.PathOf(3));

        LogVerification found = (await LogVerifier.VerifyAsync(LogDriver.Options(DamagedLog.Directory, _files), CancellationToken.None))!;

        Assert.False(found.IsIntact);
        Assert.Equal([DamageKind.MissingSegment, DamageKind.Records], found.Segments[^1].Damages.Select(damage => damage.Kind));
        Assert.Equal(found.Segments[^1].Damages, found.MissingEnd);
        Assert.Contains($"up to byte {end.Offset} of segment 3", found.Segments[^1].Damages[^1].Expected, StringComparison.Ordinal);
    }

    private async Task<LogPosition> CloseAsync()
    {
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, _files));
        await LogDriver.AppendAsync(log, Sizes);
        return log.FlushedEnd;
    }

    private Task<CorruptLogException> RefusedAsync() => Assert.ThrowsAsync<CorruptLogException>(() => LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, _files)));
}
