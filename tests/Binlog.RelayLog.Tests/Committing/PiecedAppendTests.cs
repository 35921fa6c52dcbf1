using Binlog.RelayLog.Format;
using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Committing;

/// <summary>Records whose payloads are appended in pieces.</summary>
public sealed class PiecedAppendTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((1 << 20) - 1)]
    [InlineData(1 << 20)]
    [InlineData((3 << 20) + 5)]
    public async Task AppendBatch_PayloadInPieces_IsTheRecordThatOneInMemoryWouldBe(int size)
    {
        var pieced = new MemoryFileSystem();
        var whole = new MemoryFileSystem();
        var source = new PiecedPayload(LogDriver.Payload(2, size));
        await using (SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, pieced, 8 << 20)))
        {
            await log.AppendBatchAsync([Whole(1, 100), new PendingRecord(LogDriver.Tag(2), default) { Source = source }, Whole(3, 50)], Token);
            Assert.Equal([100, size, 50], LogDriver.ReadAll(log));
        }

        await using (SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, whole, 8 << 20)))
        {
            await log.AppendBatchAsync([Whole(1, 100), Whole(2, size), Whole(3, 50)], Token);
        }

        // Beyond the segment's header, and the header checksums that are tied to the log's identity, the files are equal.
        Assert.Equal(Described(whole), Described(pieced));
        Assert.InRange(source.LargestPiece, 0, 1 << 20);
        await using SegmentedLog reopened = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, pieced.Restart(), 8 << 20));
        Assert.Equal([100, size, 50], LogDriver.ReadAll(reopened));
    }

    [Fact]
    public async Task AppendBatch_LargerThanASegment_GetsOneOfItsOwn()
    {
        var files = new MemoryFileSystem();
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files));
        await LogDriver.AppendAsync(log, 100);
        await log.AppendBatchAsync([Pieced(2, 2_000_000)], Token);
        await LogDriver.AppendAsync(log, 100);

        Assert.Equal([1UL, 2, 3], log.Segments.Select(segment => segment.Number));
        Assert.Equal([100, 2_000_000, 100], LogDriver.ReadAll(log));
        LargeRecord record = log.FindAt(new LogPosition(2, SegmentHeader.Size))!;
        Assert.Equal((2_000_000, 2UL), (record.Length, record.Sequence));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AppendBatch_PayloadFails_KeepsNothingOfItAndGoesOn(bool isChanged)
    {
        var files = new MemoryFileSystem();
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files, 8 << 20));
        await LogDriver.AppendAsync(log, 100);
        byte[] bytes = LogDriver.Payload(3, 3 << 20);
        PiecedPayload source = isChanged
            ? new PiecedPayload(bytes) { Checksum = Crc32C.Compute(bytes) ^ 1 }
            : new PiecedPayload(bytes) { Before = offset => { if (offset >= 2 << 20) { throw new IOException("the disk is broken"); } } };

        PayloadSourceException error = await Assert.ThrowsAsync<PayloadSourceException>(
            () => log.AppendBatchAsync([Whole(2, 70), new PendingRecord(LogDriver.Tag(3), default) { Source = source }], Token).AsTask());

        Assert.Contains(isChanged ? "has changed since it was received" : $"at byte {2 << 20} of {3 << 20}: the disk is broken", error.Message, StringComparison.Ordinal);
        Assert.False(log.IsFaulted);
        Assert.Equal([100], LogDriver.ReadAll(log));
        await LogDriver.AppendAsync(log, 40);
        Assert.Equal([100, 40], LogDriver.ReadAll(log));
        await using SegmentedLog reopened = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files.LosePower(new Random(3)), 8 << 20));
        Assert.Equal([100, 40], LogDriver.ReadAll(reopened));
    }

    [Fact]
    public async Task AppendBatch_DiskFullWithinThePayload_KeepsNothingOfItAndGoesOn()
    {
        for (int megabyte = 0; megabyte < 3; megabyte++)
        {
            var files = new MemoryFileSystem();
            await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files, 8 << 20) with { ReserveBytes = 0 });
            await LogDriver.AppendAsync(log, 100);
            files.Capacity = files.UsedBytes + (megabyte << 20) + 500;

            await Assert.ThrowsAsync<DiskFullException>(() => log.AppendBatchAsync([Pieced(2, 3 << 20)], Token).AsTask());

            files.Capacity = long.MaxValue;
            await log.AppendBatchAsync([Pieced(2, 3 << 20)], Token);
            Assert.Equal([100, 3 << 20], LogDriver.ReadAll(log));
        }
    }

    [Fact]
    public async Task AppendBatch_PayloadAboveTheLimit_IsRefusedBeforeItIsRead()
    {
        var files = new MemoryFileSystem();
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files) with { MaxRecordBytes = 999 });
        var source = new PiecedPayload(new byte[1000]) { Before = _ => Assert.Fail("It was read.") };

        await Assert.ThrowsAsync<RecordTooLargeException>(() => log.AppendBatchAsync([new PendingRecord(LogDriver.Tag(1), default) { Source = source }], Token).AsTask());
    }

    /// <summary>Killed, or power lost, at every file operation of an append in pieces and of those around it.</summary>
    [Theory]
    [InlineData(4096, false)]
    [InlineData(4096, true)]
    [InlineData(8 << 20, false)]
    [InlineData(8 << 20, true)]
    public async Task CrashAtEveryOperation_KeepsEverythingAcknowledgedAndNoHalfRecord(long segmentSize, bool losesPower)
    {
        for (int operation = 1; ; operation++)
        {
            var files = new MemoryFileSystem();
            int stop = operation;
            files.Before = (_, _) => files.Operations == stop;
            (ulong acknowledged, ulong attempted) = await RunAsync(files, segmentSize);
            MemoryFileSystem left = losesPower ? files.LosePower(new Random(operation)) : files.Restart();

            await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, left, segmentSize));
            Assert.InRange(log.LastSequence, acknowledged, attempted);
            int[] expected = [100, (2 << 20) + 77, 60, (1 << 20) + 3];
            Assert.Equal(expected.Take((int)log.LastSequence), LogDriver.ReadAll(log));
            await LogDriver.AppendAsync(log, 40);
            Assert.Equal([.. expected.Take((int)log.LastSequence - 1), 40], LogDriver.ReadAll(log));
            if (!files.Crashed)
            {
                Assert.InRange(operation, 20, 200);
                break;
            }
        }
    }

    [Fact]
    public async Task Inspecting_PayloadAboveWhatIsHandedOut_IsCheckedAndItsLengthTold()
    {
        using var directory = new TemporaryDirectory();
        SegmentedLogOptions options = LogDriver.Options(directory.Path, segmentSize: 1 << 20) with { MaxRecordBytes = int.MaxValue };
        const int Size = InspectionReader.LargestPayloadBytes + 1;
        await using (SegmentedLog log = await LogDriver.OpenAsync(options))
        {
            await log.AppendBatchAsync([Pieced(1, Size)], Token);
            await LogDriver.AppendAsync(log, 30);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        using InspectionReader reader = LogInspector.TryOpenReader(options with { MaxRecordBytes = 100 }, new ReadProgress(), skipPayloads: false, Token)!;
        Assert.True(reader.TryRead(out InspectedItem large, Token));
        Assert.True(reader.TryRead(out InspectedItem small, Token));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
        Assert.Equal((Size, 0, 30), (large.PayloadLength, large.Payload.Length, small.Payload.Length));

        // A limit below the record makes it fail wherever the record is taken into memory.
        Assert.True((await LogVerifier.VerifyAsync(options with { MaxRecordBytes = 100 }, Token))!.IsIntact);
    }

    private static async Task<(ulong Acknowledged, ulong Attempted)> RunAsync(MemoryFileSystem files, long segmentSize)
    {
        (ulong acknowledged, ulong attempted) = (0, 0);
        try
        {
            await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files, segmentSize));
            attempted = 1;
            await LogDriver.AppendAsync(log, 100);
            (acknowledged, attempted) = (1, 2);
            await log.AppendBatchAsync([Pieced(2, (2 << 20) + 77)], Token);
            (acknowledged, attempted) = (2, 4);
            await log.AppendBatchAsync([Whole(3, 60), Pieced(4, (1 << 20) + 3)], Token);
            acknowledged = 4;
        }
        catch (RelayLogException)
        {
            Assert.True(files.Crashed);
        }

        return (acknowledged, attempted);
    }

    private static PendingRecord Whole(ulong sequence, int size) => new(LogDriver.Tag(sequence), LogDriver.Payload(sequence, size));

    private static PendingRecord Pieced(ulong sequence, int size) =>
        new(LogDriver.Tag(sequence), default) { Source = new PiecedPayload(LogDriver.Payload(sequence, size)) };

    /// <summary>The first segment but its header, with the records' header checksums left out.</summary>
    private static List<string> Described(MemoryFileSystem files)
    {
        byte[] content = files.File(DamagedLog.PathOf(1)).Content;
        var described = new List<string>();
        for (int offset = SegmentHeader.Size; offset < content.Length;)
        {
            int length = BitConverter.ToInt32(content, offset + 8);
            int size = (int)RecordHeader.SizeOf(length);
            described.Add(Convert.ToHexString(content.AsSpan(offset, RecordHeader.Size - 4)) + Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(content.AsSpan(offset + RecordHeader.Size, size - RecordHeader.Size))));
            offset += size;
        }

        return described;
    }
}
