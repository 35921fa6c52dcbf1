using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Reading;

/// <summary>Records that a reader hands out to be read in pieces.</summary>
public sealed class LargeReadingTests
{
    private readonly MemoryFileSystem _files = new();

    [Fact]
    public async Task TryRead_SelectedRecords_AreHandedOutUnreadBetweenTheOthers()
    {
        int[] lengths = [10, 501, 3, 4000, 500, 700_001, 0];
        await using SegmentedLog log = await OpenAsync();
        List<LogPosition> positions = await LogDriver.AppendAsync(log, lengths);
        using LogReader reader = log.OpenReader(default);
        reader.Large = new LargeRecordSelection(500, _ => true);

        for (int i = 0; i < lengths.Length; i++)
        {
            Assert.True(reader.TryRead(out LogRecord record));
            Assert.Equal(positions[i], record.Position);
            Assert.Equal(record.End, reader.Position);
            Assert.True(log.ReadAt(positions[i], out RecordBuffer? expected));
            Assert.Equal((expected.End, expected.Sequence, expected.Tag), (record.End, record.Sequence, record.Tag));
            Assert.Equal(lengths[i] > 500, record.Large is not null);
            Assert.Equal(expected.Payload.ToArray(), record.Large is { } large ? Whole(large) : record.Payload.ToArray());
            expected.Dispose();
        }

        Assert.False(reader.TryRead(out _));
    }

    [Fact]
    public async Task TryRead_TagThatIsNotWanted_IsReadWhole()
    {
        await using SegmentedLog log = await OpenAsync();
        await LogDriver.AppendAsync(log, 600_000);
        using LogReader reader = log.OpenReader(default);
        reader.Large = new LargeRecordSelection(0, _ => false);

        Assert.True(reader.TryRead(out LogRecord record));

        Assert.Null(record.Large);
        Assert.Equal(600_000, record.Payload.Length);
    }

    [Fact]
    public async Task TryRead_PayloadOfALargeRecordDamaged_TheCheckFindsItAndTheReaderGoesOn()
    {
        await using SegmentedLog log = await OpenAsync();
        List<LogPosition> positions = await LogDriver.AppendAsync(log, 100_000, 7);
        Change(log, positions[0].Offset + 48 + 5000);
        using LogReader reader = log.OpenReader(default);
        reader.Large = new LargeRecordSelection(500, _ => true);

        Assert.True(reader.TryRead(out LogRecord record));
        LargeRecordCheck check = record.Large!.BeginCheck();
        check.Add(Whole(record.Large));

        Assert.Throws<CorruptLogException>(check.Verify);
        Assert.True(reader.TryRead(out LogRecord next));
        Assert.Equal(7, next.Payload.Length);
    }

    [Fact]
    public async Task TryRead_PaddingOfALargeRecordDamaged_IsRefused()
    {
        await using SegmentedLog log = await OpenAsync();
        List<LogPosition> positions = await LogDriver.AppendAsync(log, 100_001, 7);
        Change(log, positions[0].Offset + 48 + 100_003);
        using LogReader reader = log.OpenReader(default);
        reader.Large = new LargeRecordSelection(500, _ => true);

        CorruptLogException error = Assert.Throws<CorruptLogException>(() => reader.TryRead(out _));

        Assert.Contains("zero padding after record 1", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Whole(LargeRecord record)
    {
        byte[] bytes = new byte[record.Length];
        for (int offset = 0; offset < bytes.Length; offset += 999)
        {
            record.Read(bytes.AsSpan(offset, Math.Min(999, bytes.Length - offset)), offset);
        }

        return bytes;
    }

    private void Change(SegmentedLog log, long offset) => _files.File(LogDriver.SegmentPath(DamagedLog.Directory, log.Segments[0].Number)).Content[offset] ^= 1;

    private Task<SegmentedLog> OpenAsync() => LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, _files) with { SegmentSizeBytes = 1 << 24 });
}
