using Binlog.RelayLog.Format;
using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests;

/// <summary>That a reading shows just the damage that a verification finds is checked for every damage that a test repairs, too.</summary>
public sealed class InspectionReaderTests
{
    /// <summary>Three segments: records 1 to 3, 4 to 6, 7 to 9.</summary>
    private static readonly int[] Sizes = [1200, 40, 1700, 1500, 0, 1700, 1500, 100, 1700];

    [Fact]
    public async Task TryRead_LastGroupDamagedBelowACleanClose_ShowsTheDamageAndWhatFollows()
    {
        MemoryFileSystem files = await LastGroupDamagedAsync();

        IReadOnlyList<DamagedRange> damages = await InspectionDriver.AgreesWithVerificationAsync(Options(files));
        LogOutline outline = (await LogInspector.OutlineAsync(Options(files), CancellationToken.None))!;

        Assert.Equal((2ul, 1ul), (damages.Single().FirstSequence, damages.Single().LostRecords));
        Assert.Equal([1ul, 3], InspectionDriver.Read(Options(files)).Where(item => item.Kind == InspectedKind.Record).Select(item => item.Sequence));
        Assert.Equal((2ul, damages[0].From, damages[0].Found), (outline.Segments[0].Records, outline.Segments[0].Problem?.Offset, outline.Segments[0].Problem?.Found));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task TryRead_SealedSegmentCutBetweenRecords_ShowsWhatIsMissing(int kept)
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        int cut = (int)built.Positions[3 + kept].Offset;
        int whole = built.Segment(2).Content.Length;
        SegmentedLogOptions options = Options(built.With(2, content => content[..cut]));

        IReadOnlyList<DamagedRange> damages = await InspectionDriver.AgreesWithVerificationAsync(options);
        LogOutline outline = (await LogInspector.OutlineAsync(options, CancellationToken.None))!;

        DamagedRange damage = damages.Single();
        Assert.Equal((2ul, cut, whole), (damage.Segment, damage.From, damage.To));
        Assert.Equal((4 + (ulong)kept, 3 - (ulong)kept), (damage.FirstSequence, damage.LostRecords));
        Assert.Equal([null, (long?)cut, null], outline.Segments.Select(segment => segment.Problem?.Offset));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TryRead_EndMissing_IsDamageWhenSomebodyKnowsOfIt(bool isKnown)
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        var end = new LogPosition(3, built.Segment(3).Content.Length);
        SegmentedLogOptions options = Options(built.With(3, content => content[..(int)built.Positions[^1].Offset]));
        Guid logId = (await LogInspector.OutlineAsync(options, CancellationToken.None))!.LogId;
        options = options with { KnownEnd = isKnown ? new KnownEnd(logId, end, 10, "the test") : null };

        IReadOnlyList<DamagedRange> damages = await InspectionDriver.AgreesWithVerificationAsync(options);
        LogOutline outline = (await LogInspector.OutlineAsync(options, CancellationToken.None))!;

        Assert.Equal(isKnown ? [(9ul, 1ul, end.Offset)] : [], damages.Select(damage => (damage.FirstSequence, damage.LostRecords, damage.To)));
        Assert.Equal(isKnown, outline.Segments[^1].Problem is not null);
    }

    [Fact]
    public async Task TryRead_NoHeaderLeft_ShowsEverySegmentAsDamaged()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        MemoryFileSystem files = built.Files.Restart();
        for (ulong segment = 1; segment <= 3; segment++)
        {
            files.File(DamagedLog.PathOf(segment)).Content.AsSpan(0, SegmentHeader.Size).Clear();
        }

        IReadOnlyList<DamagedRange> damages = await InspectionDriver.AgreesWithVerificationAsync(Options(files));

        Assert.Equal([DamageKind.Header, DamageKind.Header, DamageKind.Header], damages.Select(damage => damage.Kind));
    }

    /// <summary>A limit on memory that is lower than the record makes it fail wherever the record is taken into memory.</summary>
    [Fact]
    public async Task Inspecting_LargeRecord_IsCheckedWithoutBeingHeld()
    {
        var files = new MemoryFileSystem();
        LogPosition large;
        await using (SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files, 1 << 20)))
        {
            large = (await LogDriver.AppendAsync(log, 600_000, 100, 2_000_000))[0];
        }

        SegmentedLogOptions options = Options(files) with { MaxRecordBytes = 100_000 };

        LogVerification intact = (await LogVerifier.VerifyAsync(options, CancellationToken.None))!;
        LogOutline outline = (await LogInspector.OutlineAsync(options, CancellationToken.None))!;
        files.File(DamagedLog.PathOf(1)).Content[large.Offset + 400_000] ^= 1;
        LogVerification damaged = (await LogVerifier.VerifyAsync(options, CancellationToken.None))!;

        Assert.True(intact.IsIntact);
        Assert.Equal([2ul, 1], outline.Segments.Select(segment => segment.Records!.Value));
        Assert.Equal(large.Offset, damaged.Segments[0].Damages.Single().From);
        Assert.Throws<RecordTooLargeException>(() => InspectionDriver.Read(options));
        using InspectionReader reader = LogInspector.TryOpenReader(options, new ReadProgress(), skipPayloads: true, CancellationToken.None)!;
        Assert.True(reader.TryRead(out InspectedItem damage, CancellationToken.None));
        Assert.True(reader.TryRead(out InspectedItem record, CancellationToken.None));
        Assert.Equal((InspectedKind.Damage, 100), (damage.Kind, record.Payload.Length));
    }

    /// <summary>A process appends into the reserve between any two reads of its file. The clock only ends what would never end.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(40_000)]
    public async Task Inspecting_RecordsComeMeanwhile_SomeOfThemAreSeenAndNoneIsDamage(int size)
    {
        const int Records = 12;
        DamagedLog built = await DamagedLog.BuildReservedAsync(1 << 20, [.. Enumerable.Repeat(size, Records)]);
        ulong segment = built.Positions[^1].Segment;
        LogPosition[] positions = [.. built.Positions.Where(position => position.Segment == segment)];
        byte[] whole = built.Segment(segment).Content;
        using var endless = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        for (int first = 1; first < 8; first++)
        {
            for (int last = first; last < 8; last++)
            {
                MemoryFileSystem files = built.With(segment, content => Until(content, positions[0]));
                int reads = 0;
                files.Before = (operation, path) =>
                {
                    if (operation == FileOperation.Read && path == DamagedLog.PathOf(segment) && ++reads >= first)
                    {
                        files.File(path).Content = reads > last ? whole : Until([.. whole], positions[Math.Min(positions.Length - 1, reads)]);
                    }

                    return false;
                };

                LogVerification verified = (await LogVerifier.VerifyAsync(Options(files), endless.Token))!;
                List<InspectedItem> items = InspectionDriver.Read(Options(files));

                Assert.True(verified.IsIntact, $"reads {first} to {last}");
                Assert.All(items, item => Assert.Equal(InspectedKind.Record, item.Kind));
                Assert.Equal(Enumerable.Range(1, items.Count).Select(number => (ulong)number), items.Select(item => item.Sequence));
            }
        }
    }

    /// <summary>One read beside a write shows a later part of it and zeros where an earlier part belongs.</summary>
    [Fact]
    public async Task Inspecting_AReadIsTornByAWrite_IsNoDamage()
    {
        const int Earlier = 4;
        DamagedLog built = await DamagedLog.BuildReservedAsync(1 << 20, [.. Enumerable.Repeat(100, 12)]);
        byte[] whole = built.Segment(1).Content;
        byte[] torn = [.. whole];
        torn.AsSpan((int)built.Positions[Earlier].Offset, (int)(built.Positions[Earlier + 1].Offset - built.Positions[Earlier].Offset)).Clear();
        for (int read = 1; read < 12; read++)
        {
            MemoryFileSystem files = built.Files.Restart();
            int reads = 0;
            files.Before = (operation, path) =>
            {
                if (operation == FileOperation.Read && path == DamagedLog.PathOf(1))
                {
                    reads++;
                    files.File(path).Content = reads < read ? Until([.. whole], built.Positions[Earlier]) : reads == read ? torn : whole;
                }

                return false;
            };

            LogVerification verified = (await LogVerifier.VerifyAsync(Options(files), CancellationToken.None))!;
            reads = 0;
            LogOutline outline = (await LogInspector.OutlineAsync(Options(files), CancellationToken.None))!;
            reads = 0;
            List<InspectedItem> items = InspectionDriver.Read(Options(files));

            Assert.True(verified.IsIntact, $"read {read}");
            Assert.Null(outline.Segments[^1].Problem);
            Assert.All(items, item => Assert.Equal(InspectedKind.Record, item.Kind));
        }
    }

    [Fact]
    public async Task VerifyAsync_ManyDamagedRecordsInTheLastSegment_ReadsItAFewTimes()
    {
        const int Records = 400;
        using var directory = new TemporaryDirectory();
        SegmentedLogOptions options = LogDriver.Options(directory.Path, segmentSize: 1 << 24);
        List<LogPosition> positions;
        await using (SegmentedLog log = await LogDriver.OpenAsync(options))
        {
            positions = await LogDriver.AppendAsync(log, [.. Enumerable.Repeat(10_000, Records)]);
        }

        string path = LogDriver.SegmentPath(directory.Path, 1);
        byte[] content = await File.ReadAllBytesAsync(path);
        foreach (LogPosition position in positions.Where((_, index) => index % 2 == 0))
        {
            content[position.Offset + 9] ^= 4;
        }

        await File.WriteAllBytesAsync(path, content);
        var files = new CountingFileSystem();

        LogVerification found = (await LogVerifier.VerifyAsync(options with { FileSystem = files }, CancellationToken.None))!;

        Assert.Equal(Records / 2, found.Segments[0].Damages.Count);
        Assert.InRange(files.BytesRead, content.Length, 6L * content.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public async Task TryRead_ToTheEnd_ProgressIsWhole(ulong skipTo)
    {
        DamagedLog built = await DamagedLog.BuildReservedAsync(4096, Sizes);
        var progress = new ReadProgress();
        using InspectionReader reader = LogInspector.TryOpenReader(built.Options(), progress, skipPayloads: false, CancellationToken.None)!;
        reader.SkipTo(LogDriver.Tag(skipTo).CommitTs);
        var atRecords = new List<long>();
        while (reader.TryRead(out _, CancellationToken.None))
        {
            atRecords.Add(progress.Bytes);
        }

        Assert.Equal(built.Files.UsedBytes, progress.TotalBytes);
        Assert.Equal(progress.TotalBytes, progress.Bytes);
        Assert.Equal(atRecords.Order().Distinct(), atRecords);
        Assert.False(reader.TryRead(out _, CancellationToken.None));
    }

    private static SegmentedLogOptions Options(MemoryFileSystem files) => LogDriver.Options(DamagedLog.Directory, files);

    private static byte[] Until(byte[] content, LogPosition end)
    {
        content.AsSpan((int)end.Offset).Clear();
        return content;
    }

    /// <summary>Three records that were flushed together, closed cleanly, then a bit flipped in the second.</summary>
    private static async Task<MemoryFileSystem> LastGroupDamagedAsync()
    {
        var files = new MemoryFileSystem();
        var positions = new LogPosition[3];
        await using (SegmentedLog log = await LogDriver.OpenAsync(Options(files)))
        {
            PendingRecord[] batch = [.. Enumerable.Range(1, 3).Select(number => new PendingRecord(LogDriver.Tag((ulong)number), LogDriver.Payload((ulong)number, 100)))];
            await log.AppendBatchAsync(batch, positions, CancellationToken.None);
        }

        files.File(DamagedLog.PathOf(1)).Content[positions[1].Offset + 60] ^= 1;
        return files;
    }
}
