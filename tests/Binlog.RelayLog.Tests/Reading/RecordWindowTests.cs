using Binlog.RelayLog.Format;
using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Reading;

public sealed class RecordWindowTests
{
    private readonly MemoryFileSystem _files = new();
    private int _reads;

    [Theory]
    [InlineData(0, 1 << 20)]
    [InlineData(0, 1)]
    [InlineData(4 << 20, 1 << 20)]
    public async Task Read_ForwardBackwardAndAtRandom_TheRecordOfThePosition(int tailBytes, long readAheadBytes)
    {
        await using SegmentedLog log = await OpenAsync(tailBytes, readAheadBytes, segmentSize: 1 << 19);
        var random = new Random(3);
        int[] sizes = [.. Enumerable.Range(0, 1500).Select(i => i % 100 == 50 ? random.Next(20_000, 100_000) : random.Next(0, 600))];
        List<LogPosition> positions = await LogDriver.AppendAsync(log, sizes);
        using RecordWindow window = log.OpenWindow();

        int[] order = [.. Enumerable.Range(0, sizes.Length), .. Enumerable.Range(0, sizes.Length).Reverse(), .. Enumerable.Range(0, sizes.Length).Select(_ => random.Next(sizes.Length))];
        foreach (int i in order)
        {
            AssertIs(i, sizes[i], window.Read(positions[i], keep: false));
        }
    }

    [Fact]
    public async Task Read_KeptRecord_ValidWhileOthersAreRead()
    {
        await using SegmentedLog log = await OpenAsync();
        List<LogPosition> positions = await LogDriver.AppendAsync(log, [.. Enumerable.Repeat(700, 1000)]);
        using RecordWindow window = log.OpenWindow();

        WindowedRecord kept = window.Read(positions[10], keep: true);
        for (int i = 0; i < positions.Count; i++)
        {
            window.Read(positions[i], keep: false);
        }

        AssertIs(10, 700, kept);
    }

    [Fact]
    public async Task Read_InSequence_FewReadsOfTheFile()
    {
        await using SegmentedLog log = await OpenAsync();
        List<LogPosition> positions = await LogDriver.AppendAsync(log, [.. Enumerable.Repeat(450, 4000)]);
        using RecordWindow window = log.OpenWindow();
        CountReads();

        // A prewrite lies a little before its commit.
        for (int i = 20; i < positions.Count; i++)
        {
            AssertIs(i, 450, window.Read(positions[i], keep: true));
            AssertIs(i - 20, 450, window.Read(positions[i - 20], keep: false));
        }

        Assert.InRange(_reads, 1, 20);
    }

    [Fact]
    public async Task Read_NewestRecords_FromMemory()
    {
        await using SegmentedLog log = await OpenAsync(tailBytes: 4 << 20);
        List<LogPosition> positions = await LogDriver.AppendAsync(log, [.. Enumerable.Repeat(450, 400)]);
        using RecordWindow window = log.OpenWindow();
        CountReads();

        for (int i = 0; i < positions.Count; i++)
        {
            AssertIs(i, 450, window.Read(positions[i], keep: false));
        }

        Assert.Equal(0, _reads);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4 << 20)]
    public async Task Read_LargeRecord_InPiecesWithItsChecksum(int tailBytes)
    {
        await using SegmentedLog log = await OpenAsync(tailBytes, segmentSize: 64 << 20);
        List<LogPosition> positions = await LogDriver.AppendAsync(log, 100, 3_000_000, 100);
        using RecordWindow window = log.OpenWindow();

        AssertIs(0, 100, window.Read(positions[0], keep: false));
        WindowedRecord record = window.Read(positions[1], keep: true);
        AssertIs(2, 100, window.Read(positions[2], keep: false));

        LargeRecord large = Assert.IsType<LargeRecord>(record.Large);
        Assert.Equal((3_000_000, 3_000_000), (record.PayloadLength, large.Length));
        byte[] payload = new byte[large.Length];
        large.Read(payload.AsSpan(0, 1_000_001), 0);
        large.Read(payload.AsSpan(1_000_001), 1_000_001);
        Assert.Equal(LogDriver.Payload(2, 3_000_000), payload);
        LargeRecordCheck check = large.BeginCheck();
        check.Add(payload.AsSpan(0, 5));
        check.Add(payload.AsSpan(5));
        check.Verify();
        LargeRecordCheck wrong = large.BeginCheck();
        payload[77] ^= 1;
        wrong.Add(payload);
        Assert.Throws<CorruptLogException>(wrong.Verify);
    }

    [Theory]
    [InlineData(30)]
    [InlineData(RecordHeader.Size + 10)]
    public async Task Read_DamagedRecord_SaysWhere(int at)
    {
        await using SegmentedLog log = await OpenAsync();
        List<LogPosition> positions = await LogDriver.AppendAsync(log, 100, 100, 100);
        byte[] content = _files.File(DamagedLog.PathOf(1)).Content;
        content[positions[1].Offset + at] ^= 4;
        _files.File(DamagedLog.PathOf(1)).Content = content;
        using RecordWindow window = log.OpenWindow();

        AssertIs(0, 100, window.Read(positions[0], keep: false));
        var exception = Assert.Throws<CorruptLogException>(() => window.Read(positions[1], keep: false));
        AssertIs(2, 100, window.Read(positions[2], keep: false));

        Assert.Equal(positions[1].Offset, exception.Offset);
    }

    [Fact]
    public async Task Read_PositionWithoutARecord_Refused()
    {
        await using SegmentedLog log = await OpenAsync(tailBytes: 4 << 20);
        List<LogPosition> positions = await LogDriver.AppendAsync(log, 100, 100);
        using RecordWindow window = log.OpenWindow();

        Assert.Throws<CorruptLogException>(() => window.Read(positions[1] with { Offset = positions[1].Offset + 8 }, keep: false));
        Assert.ThrowsAny<RelayLogException>(() => window.Read(log.FlushedEnd, keep: false));
    }

    [Fact]
    public async Task TryRead_NeedlessPayload_CheckedButNotHandedOut()
    {
        await using SegmentedLog log = await OpenAsync(segmentSize: 64 << 20);
        List<LogPosition> positions = await LogDriver.AppendAsync(log, 100, 3_000_003, 200);
        using LogReader reader = log.OpenReader(log.Start);
        reader.IsPayloadNeedless = tag => tag == LogDriver.Tag(2);

        Assert.True(reader.TryRead(out LogRecord first));
        Assert.Equal(100, first.Payload.Length);
        Assert.True(reader.TryRead(out LogRecord large));
        Assert.Equal((positions[1], 0), (large.Position, large.Payload.Length));
        Assert.True(reader.TryRead(out LogRecord last));
        Assert.Equal(LogDriver.Payload(3, 200), last.Payload.ToArray());

        byte[] content = _files.File(DamagedLog.PathOf(1)).Content;
        content[positions[1].Offset + 2_000_000] ^= 1;
        _files.File(DamagedLog.PathOf(1)).Content = content;
        using LogReader again = log.OpenReader(positions[1]);
        again.IsPayloadNeedless = _ => true;
        Assert.Equal(positions[1].Offset, Assert.Throws<CorruptLogException>(() => again.TryRead(out _)).Offset);
    }

    [Fact]
    public async Task Append_AfterAFullDisk_TheTailHasWhatWasAcknowledged()
    {
        await using SegmentedLog log = await OpenAsync(tailBytes: 4 << 20);
        List<LogPosition> positions = await LogDriver.AppendAsync(log, 100, 100);
        bool failed = false;
        _files.Before = (operation, path) => operation == FileOperation.Flush && !failed && (failed = true) ? throw MemoryFileHandle.NoSpace(path) : false;
        await Assert.ThrowsAsync<DiskFullException>(() => LogDriver.AppendAsync(log, 100));
        positions.AddRange(await LogDriver.AppendAsync(log, 100, 100));
        using RecordWindow window = log.OpenWindow();
        CountReads();

        for (int i = 0; i < positions.Count; i++)
        {
            AssertIs(i, 100, window.Read(positions[i], keep: false));
        }

        Assert.Equal(0, _reads);
    }

    private static void AssertIs(int index, int size, in WindowedRecord record)
    {
        ulong sequence = (ulong)index + 1;
        Assert.Equal((LogDriver.Tag(sequence), size), (record.Tag, record.PayloadLength));
        Assert.True(record.Payload.Span.SequenceEqual(LogDriver.Payload(sequence, size)), $"payload of record {sequence}");
    }

    private void CountReads() => _files.Before = (operation, _) =>
    {
        _reads += operation == FileOperation.Read ? 1 : 0;
        return false;
    };

    private Task<SegmentedLog> OpenAsync(int tailBytes = 0, long readAheadBytes = 1 << 20, long segmentSize = 16 << 20) =>
        LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, _files, segmentSize) with { TailBytes = tailBytes, ReadAheadBytes = readAheadBytes });
}
