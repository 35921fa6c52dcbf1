using Binlog.RelayLog.Format;
using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Repairing;

public sealed class LogRepairTests
{
    /// <summary>Three segments: records 1 to 3, 4 to 6, 7 to 9.</summary>
    private static readonly int[] Sizes = [1200, 40, 1700, 1500, 0, 1700, 1500, 100, 1700];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Apply_BitFlippedAnywhere_KeepsEveryOtherRecord(ulong segment)
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        int length = built.Segment(segment).Content.Length;
        for (int offset = 0; offset < length; offset = offset < 256 ? offset + 1 : offset + 7)
        {
            MemoryFileSystem files = Flip(built, segment, offset);
            byte[] damaged = (byte[])files.File(DamagedLog.PathOf(segment)).Content.Clone();

            LogRepairPlan plan = await RepairDriver.RepairAsync(files);

            List<ulong> left = await RepairDriver.ReadAllAsync(files);
            ulong[] lost = [.. built.Positions
                .Select((position, index) => (position, Sequence: (ulong)index + 1, End: position.Offset + RecordHeader.Size + Sizes[index]))
                .Where(record => record.position.Segment == segment && record.position.Offset <= offset && offset < record.End)
                .Select(record => record.Sequence)];
            bool isUnfinishedEnd = lost is [9];
            Assert.Equal(RepairDriver.Sequences(9, lost), left);
            Assert.Equal(isUnfinishedEnd ? 0ul : (ulong)lost.Length, plan.LostRecords);
            Assert.Equal(isUnfinishedEnd, plan.Damages.Count == 0);
            Assert.All(plan.Damages, damage => Assert.InRange(offset, damage.From, damage.To - 1));
            Assert.All(plan.Damages, damage => Assert.Equal(DamagedLog.PathOf(segment), damage.File));
            Assert.Equal(isUnfinishedEnd, !files.Names.Any(name => name.Contains(SegmentName.QuarantinePrefix, StringComparison.Ordinal)));
            if (!isUnfinishedEnd)
            {
                string kept = files.Names.Single(name => name.Contains(SegmentName.QuarantinePrefix, StringComparison.Ordinal));
                Assert.Equal(damaged, files.File(kept).Content);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Apply_SealedSegmentTruncatedAnywhere_KeepsWhatIsWholeBeforeAndAfter(ulong segment)
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        for (int length = 0; length < built.Segment(segment).Content.Length; length += 61)
        {
            MemoryFileSystem files = built.With(segment, content => content[..length]);
            await Assert.ThrowsAsync<CorruptLogException>(() => LogDriver.OpenAsync(built.Options(files)));

            LogRepairPlan plan = await RepairDriver.RepairAsync(files);

            ulong[] lost = [.. Records(built, segment).Where(record => length < SegmentHeader.Size || record.End > length).Select(record => record.Sequence)];
            Assert.Equal(RepairDriver.Sequences(9, lost), await RepairDriver.ReadAllAsync(files));
            Assert.Equal((ulong)lost.Length, plan.LostRecords);
            DamagedRange range = plan.Damages.Single(damage => damage.Kind == DamageKind.Records);
            Assert.Equal((lost[0], built.Segment(segment).Content.LongLength), (range.FirstSequence, range.To));
        }
    }

    [Fact]
    public async Task Apply_MiddleSegmentMissing_LeavesAGapOfItsRecords()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        built.Files.Delete(DamagedLog.PathOf(2));

        LogRepairPlan plan = await RepairDriver.RepairAsync(built.Files);

        Assert.Equal(RepairDriver.Sequences(9, 4, 5, 6), await RepairDriver.ReadAllAsync(built.Files));
        Assert.Equal([DamageKind.MissingSegment, DamageKind.Records], plan.Damages.Select(damage => damage.Kind));
        Assert.Equal((4ul, 3ul, LogDriver.Tag(3).CommitTs, LogDriver.Tag(7).CommitTs), (plan.Damages[1].FirstSequence, plan.LostRecords, plan.Damages[1].CommitTsBefore, plan.Damages[1].CommitTsAfter));
    }

    [Fact]
    public async Task Apply_TwoSegmentsMissing_LeavesOneGapOfTheirRecords()
    {
        DamagedLog built = await DamagedLog.BuildAsync([.. Sizes, 1500, 40, 2000]);
        built.Files.Delete(DamagedLog.PathOf(2));
        built.Files.Delete(DamagedLog.PathOf(3));

        LogRepairPlan plan = await RepairDriver.RepairAsync(built.Files);

        Assert.Equal(RepairDriver.Sequences(12, 4, 5, 6, 7, 8, 9), await RepairDriver.ReadAllAsync(built.Files));
        Assert.Equal(6ul, plan.LostRecords);
        Assert.Equal([2ul, 3], plan.Segments);
    }

    [Theory]
    [InlineData(1, 128)]
    [InlineData(2, 128)]
    [InlineData(3, 128)]
    [InlineData(1, 512)]
    [InlineData(2, 512)]
    [InlineData(3, 512)]
    [InlineData(2, 1 << 20)]
    public async Task Apply_HeaderZeroed_IsMadeAnewFromTheNeighbours(ulong segment, int zeroed)
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        byte[] before = (byte[])built.Segment(segment).Content.Clone();
        MemoryFileSystem files = built.With(segment, content =>
        {
            content.AsSpan(0, Math.Min(zeroed, content.Length)).Clear();
            return content;
        });

        LogRepairPlan plan = await RepairDriver.RepairAsync(files);

        ulong[] lost = [.. Records(built, segment).Where(record => record.Start < zeroed && zeroed > SegmentHeader.Size).Select(record => record.Sequence)];
        Assert.Equal(RepairDriver.Sequences(9, lost), await RepairDriver.ReadAllAsync(files));
        Assert.Equal((ulong)lost.Length, plan.LostRecords);
        SegmentHeader was = SegmentHeader.Read(before, "before");
        SegmentHeader now = SegmentHeader.Read(files.File(DamagedLog.PathOf(segment)).Content, "after");
        Assert.Equal(was with { CreatedUnixMilliseconds = 0 }, now with { CreatedUnixMilliseconds = 0, GapCount = 0, LostSequences = 0 });
    }

    [Fact]
    public async Task Apply_CleanlyClosedLogCutShort_LeavesAGapAtItsEnd()
    {
        MemoryFileSystem files = await ClosedAsync();
        MemoryFile last = files.File(DamagedLog.PathOf(3));
        last.Content = last.Content[..^100];

        LogRepairPlan plan = await RepairDriver.RepairAsync(files);

        Assert.Equal((1ul, true, 9ul), (plan.LostRecords, plan.IsMinimum, plan.Damages[0].FirstSequence));
        Assert.Equal(RepairDriver.Sequences(9, 9), await RepairDriver.ReadAllAsync(files));
    }

    [Fact]
    public async Task Apply_OnlyHeaderOfTheOnlySegmentGone_IsRefusedAndChangesNothing()
    {
        DamagedLog built = await DamagedLog.BuildAsync(100, 100);
        MemoryFileSystem files = built.With(1, content =>
        {
            content.AsSpan(0, 128).Clear();
            return content;
        });
        byte[] before = (byte[])files.File(DamagedLog.PathOf(1)).Content.Clone();

        await Assert.ThrowsAsync<LogRepairException>(() => RepairDriver.RepairAsync(files));

        Assert.Equal(before, files.File(DamagedLog.PathOf(1)).Content);
    }

    [Fact]
    public async Task Apply_OneOfTwoDamagesAskedFor_LeavesTheOther()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        MemoryFileSystem files = Flip(built, 1, (int)built.Positions[1].Offset);
        files.File(DamagedLog.PathOf(2)).Content[built.Positions[3].Offset] ^= 1;

        LogRepairPlan first = await RepairDriver.RepairAsync(files, 4);
        LogRepairPlan second = await RepairDriver.RepairAsync(files);

        Assert.Equal((2ul, 4ul), (first.Segments.Single(), first.Damages.Single().FirstSequence));
        Assert.Equal((1ul, 2ul), (second.Segments.Single(), second.Damages.Single().FirstSequence));
        Assert.Equal(RepairDriver.Sequences(9, 2, 4), await RepairDriver.ReadAllAsync(files));
    }

    [Fact]
    public async Task Apply_RepairedLogDamagedAgain_KeepsBothGaps()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        MemoryFileSystem files = Flip(built, 2, (int)built.Positions[3].Offset + 60);
        await RepairDriver.RepairAsync(files);
        files.File(DamagedLog.PathOf(2)).Content[built.Positions[5].Offset + 60] ^= 1;

        await RepairDriver.RepairAsync(files);

        Assert.Equal(RepairDriver.Sequences(9, 4, 6), await RepairDriver.ReadAllAsync(files));
        SegmentHeader header = SegmentHeader.Read(files.File(DamagedLog.PathOf(2)).Content, "file");
        Assert.Equal((2u, 2ul), (header.GapCount, header.LostSequences));
    }

    [Fact]
    public async Task Apply_GapItselfDamaged_IsAGapAgain()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        MemoryFileSystem files = Flip(built, 2, (int)built.Positions[3].Offset + 60);
        await RepairDriver.RepairAsync(files);
        files.File(DamagedLog.PathOf(2)).Content[built.Positions[3].Offset + 20] ^= 1;

        await RepairDriver.RepairAsync(files);

        Assert.Equal(RepairDriver.Sequences(9, 4), await RepairDriver.ReadAllAsync(files));
    }

    [Fact]
    public async Task Apply_Progress_EndsWithEveryByteThatIsCopied()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        MemoryFileSystem files = Flip(built, 2, (int)built.Positions[3].Offset + 60);
        files.Delete(DamagedLog.PathOf(1));
        var progress = new ReadProgress();
        using LogRepair repair = await LogRepair.BeginAsync(RepairDriver.Options(files), null, CancellationToken.None);

        repair.Apply(progress, CancellationToken.None);

        Assert.Equal(2 * built.Segment(2).Content.LongLength, progress.TotalBytes);
        Assert.Equal(progress.TotalBytes, progress.Bytes);
    }

    [Fact]
    public async Task Apply_IntactLog_ChangesNothing()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);

        LogRepairPlan plan = await RepairDriver.RepairAsync(built.Files);

        Assert.Empty(plan.Damages);
        Assert.DoesNotContain(built.Files.Names, name => name.EndsWith(SegmentName.Repairs, StringComparison.Ordinal));
        await using SegmentedLog log = await LogDriver.OpenAsync(built.Options());
        Assert.Equal(Sizes, LogDriver.ReadAll(log));
    }

    [Fact]
    public async Task BeginAsync_LogInUse_IsRefused()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        await using SegmentedLog log = await LogDriver.OpenAsync(built.Options());

        await Assert.ThrowsAsync<LogLockedException>(() => RepairDriver.RepairAsync(built.Files));
    }

    [Fact]
    public async Task PlanAsync_DamagedLog_TellsAndChangesNothing()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        MemoryFileSystem files = Flip(built, 2, (int)built.Positions[3].Offset);
        string[] names = [.. files.Names];

        using LogRepair repair = await LogRepair.PlanAsync(RepairDriver.Options(files), null, CancellationToken.None);

        Assert.Equal(4ul, repair.Plan.Damages.Single().FirstSequence);
        Assert.Throws<InvalidOperationException>(() => repair.Apply(null, CancellationToken.None));
        Assert.Equal(names, files.Names);
        await Assert.ThrowsAsync<CorruptLogException>(async () => LogDriver.ReadAll(await LogDriver.OpenAsync(built.Options(files))));
    }

    private static async Task<MemoryFileSystem> ClosedAsync()
    {
        var files = new MemoryFileSystem();
        await using (SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files)))
        {
            await LogDriver.AppendAsync(log, Sizes);
        }

        return files.Restart();
    }

    private static IEnumerable<(ulong Sequence, long Start, long End)> Records(DamagedLog built, ulong segment) => built.Positions
        .Select((position, index) => (position.Segment, Sequence: (ulong)index + 1, Start: position.Offset, End: position.Offset + RecordHeader.SizeOf(Sizes[index])))
        .Where(record => record.Segment == segment)
        .Select(record => (record.Sequence, record.Start, record.End));

    private static MemoryFileSystem Flip(DamagedLog built, ulong segment, int offset) => built.With(segment, content =>
    {
        content[offset] ^= 0x10;
        return content;
    });
}
