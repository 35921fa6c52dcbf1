using Binlog.RelayLog.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Binlog.RelayLog.Tests;

public sealed class RoundTripTests
{
    public static TheoryData<int> Boundaries => [8, 512, 4096 - 128, 4096, 16384 - 128, 16384, 256 * 1024, 1 << 20];

    [Theory]
    [MemberData(nameof(Boundaries))]
    public async Task AppendAsync_SizesAroundABoundary_ReadBack(int boundary)
    {
        int[] sizes = [.. Enumerable.Range(boundary - 50, 100).Where(size => size >= 0).Where(size => boundary < 100_000 || size % 7 == 0)];
        using var directory = new TemporaryDirectory();
        SegmentedLogOptions options = LogDriver.Options(directory.Path, segmentSize: 16384);
        await using (SegmentedLog log = await LogDriver.OpenAsync(options))
        {
            foreach (int[] part in sizes.Chunk(10))
            {
                ulong first = log.LastSequence + 1;
                PendingRecord[] batch = [.. part.Select((size, i) => new PendingRecord(LogDriver.Tag(first + (ulong)i), LogDriver.Payload(first + (ulong)i, size)))];
                await log.AppendBatchAsync(batch, CancellationToken.None);
            }

            Assert.Equal(sizes, LogDriver.ReadAll(log));
        }

        await using SegmentedLog reopened = await LogDriver.OpenAsync(options);
        Assert.Equal(sizes, LogDriver.ReadAll(reopened));
    }

    [Fact]
    public async Task AppendAsync_RecordOf256MiB_ReadsBackBothWays()
    {
        const int size = 256 << 20;
        using var directory = new TemporaryDirectory();
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(directory.Path, segmentSize: 1 << 20));
        var payload = new byte[size];
        for (int i = 0; i < size; i += 4096)
        {
            payload[i] = (byte)(i >> 12);
        }

        await LogDriver.AppendAsync(log, 100);
        LogPosition position = await log.AppendAsync(LogDriver.Tag(2), payload, CancellationToken.None);
        await LogDriver.AppendAsync(log, 100);

        using LogReader reader = log.OpenReader(position);
        Assert.True(reader.TryRead(out LogRecord record));
        Assert.True(record.Payload.Span.SequenceEqual(payload));
        Assert.True(reader.TryRead(out record));
        Assert.Equal(3ul, record.Sequence);
        Assert.True(log.ReadAt(position, out RecordBuffer? buffer));
        using (buffer)
        {
            Assert.True(buffer.Payload.Span.SequenceEqual(payload));
        }
    }

    [Fact]
    public void AnyBatchesAndReopenings_ReadBackTheSame()
    {
        Gen<int[][]> plans = Gen.Choose(0, 6000).ArrayOf().Where(batch => batch.Length is > 0 and < 12).ArrayOf().Where(plan => plan.Length < 8);

        Prop.ForAll(plans.ToArbitrary(), plan => RunPlanAsync(plan).GetAwaiter().GetResult()).QuickCheckThrowOnFailure();
    }

    /// <summary>Each batch in its own opening, every other one after a kill instead of a clean close.</summary>
    private static async Task<bool> RunPlanAsync(int[][] plan)
    {
        var files = new MemoryFileSystem();
        var expected = new List<int>();
        for (int i = 0; i < plan.Length; i++)
        {
            await using (SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files)))
            {
                ulong first = log.LastSequence + 1;
                PendingRecord[] batch = [.. plan[i].Select((size, j) => new PendingRecord(LogDriver.Tag(first + (ulong)j), LogDriver.Payload(first + (ulong)j, size)))];
                await log.AppendBatchAsync(batch, CancellationToken.None);
                expected.AddRange(plan[i]);
                if (!expected.SequenceEqual(LogDriver.ReadAll(log)))
                {
                    return false;
                }

                files = i % 2 == 0 ? files.Restart() : files;
            }
        }

        await using SegmentedLog last = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files));
        return expected.SequenceEqual(LogDriver.ReadAll(last)) && last.Recovery.TornTail is null;
    }
}
