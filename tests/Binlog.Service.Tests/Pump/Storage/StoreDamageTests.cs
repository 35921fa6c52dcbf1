using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;
using Binlog.TestKit.Capabilities;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>Damaged bytes of a Pump's store are found and named; what is read before them is right, and nothing is skipped.</summary>
public sealed class StoreDamageTests : IDisposable
{
    private const int Transactions = 90;
    private const int SegmentBytes = 4096;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>Every bit in a long run, one of each few bytes otherwise; with what the store remembers beside its log, and without.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_BitFlippedInASealedSegment_NeverWrongNeverSkipped(bool withCache)
    {
        (StoreCopy store, List<ulong> expected) = await BuildAsync();
        string segment = store.Segments[1];
        byte[] content = store.Read(segment);
        int step = LongRun.IsOn ? 1 : 61;
        int found = 0;
        for (int bit = 0; bit < content.Length * 8; bit += step)
        {
            byte[] damaged = [.. content];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));

            string? damage = await ReadAsync(store.With(segment, damaged, withCache), expected, $"bit {bit}");
            if (damage is not null)
            {
                Assert.Contains(segment, damage, StringComparison.Ordinal);
                found++;
            }
        }

        Assert.InRange(found, content.Length * 8 / step * 9 / 10, int.MaxValue);
    }

    /// <summary>
    /// Every byte of the last records, of all records in a long run. With what the store remembers beside its log, a cut below its checkpoint is
    /// refused: that knows what is missing.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_LastSegmentCutAtAnyByte_HasEverythingBeforeTheCutAndGoesOn(bool withCache)
    {
        string killed = _directory.Combine("killed");
        List<ulong> expected = await WriteAndKillAsync(killed, 12);
        List<(PumpRecordKind Kind, int End)> records = [.. ReadEnds(killed)];
        Assert.Equal(2 * expected.Count, records.Count);
        var copies = new StoreCopy(killed, _directory.Path);
        string segment = copies.Segments.Single();
        byte[] content = copies.Read(segment);
        int end = records[^1].End;
        int first = LongRun.IsOn ? 128 : end - 400;
        var counts = new HashSet<int>();
        for (int length = end; length >= first; length--)
        {
            string copy = copies.With(segment, content[..length], withCache);
            if (withCache && StoreDriver.KnownEnd(copy) > length)
            {
                await Assert.ThrowsAsync<CorruptLogException>(() => StoreDriver.OpenSmallAsync(copy));
                counts.Add(-1);
                continue;
            }

            int kept = records.Count(record => record.Kind == PumpRecordKind.Commit && record.End <= length);
            await using (PumpStore store = await StoreDriver.OpenSmallAsync(copy))
            {
                await store.SettleAsync();
                Assert.True(store.ReadAll().SequenceEqual(expected.Take(kept)), $"cut at {length}");
                await store.WriteAsync(TestBinlogs.Rollback(2 * (ulong)(kept + 1) - 1));
                await store.CommitAsync(10_001, 10_002);
                await store.ReachAsync(10_002);
            }

            await using PumpStore again = await StoreDriver.OpenSmallAsync(copy);
            Assert.Equal([.. expected.Take(kept), 10_002ul], again.ReadAll());
            counts.Add(kept);
        }

        Assert.Contains(expected.Count, counts);
        Assert.Contains(expected.Count - 1, counts);
        Assert.Equal(withCache && StoreDriver.KnownEnd(killed) > first, counts.Contains(-1));
    }

    /// <summary>Returns the message about the damage, or null when everything could be read.</summary>
    private static async Task<string?> ReadAsync(string directory, List<ulong> expected, string what)
    {
        try
        {
            await using PumpStore store = await StoreDriver.OpenAsync(directory, SegmentBytes);
            var read = new List<ulong>();
            try
            {
                store.ReadAll(read);
                Assert.True(store.SortingFault is not null || read.Count == expected.Count, $"{what}: {read.Count} transactions of {expected.Count}, and no error");
                return store.SortingFault?.Message;
            }
            finally
            {
                Assert.True(read.SequenceEqual(expected.Take(read.Count)), what);
            }
        }
        catch (Exception exception) when (exception is CorruptLogException or LogFormatException)
        {
            return exception.Message;
        }
    }

    private async Task<(StoreCopy Store, List<ulong> Expected)> BuildAsync()
    {
        string directory = _directory.Combine("original");
        List<ulong> expected;
        await using (PumpStore store = await StoreDriver.OpenAsync(directory, SegmentBytes))
        {
            expected = await WriteAsync(store, Transactions);
        }

        var copy = new StoreCopy(directory, _directory.Path);
        Assert.InRange(copy.Segments.Count, 3, 20);
        return (copy, expected);
    }

    /// <summary>A store as a kill of its process leaves it, with a checkpoint that knows its first records.</summary>
    private async Task<List<ulong>> WriteAndKillAsync(string killed, int transactions)
    {
        string running = _directory.Combine("running");
        List<ulong> expected;
        await using (PumpStore first = await StoreDriver.OpenSmallAsync(running))
        {
            expected = await WriteAsync(first, transactions / 2);
        }

        await using PumpStore store = await StoreDriver.OpenSmallAsync(running, checkpointRecords: 1000);
        Assert.InRange(StoreDriver.KnownEnd(running), 1, int.MaxValue);
        expected.AddRange(await WriteAsync(store, transactions - expected.Count, after: expected.Count));
        await store.SettleAsync();
        StoreDriver.Copy(running, killed);

        // What the log itself remembers of the first close would be known without the index too.
        File.Delete(Path.Combine(killed, "closed.mark"));
        return expected;
    }

    private static IEnumerable<(PumpRecordKind Kind, int End)> ReadEnds(string directory)
    {
        using InspectionReader reader = LogInspector.TryOpenReader(directory, new ReadProgress(), null, skipPayloads: true, TestContext.Current.CancellationToken)!;
        while (reader.TryRead(out InspectedItem item, TestContext.Current.CancellationToken))
        {
            Assert.Equal(InspectedKind.Record, item.Kind);
            yield return ((PumpRecordKind)item.Tag.Kind, (int)item.End);
        }
    }

    private static async Task<List<ulong>> WriteAsync(PumpStore store, int transactions, int after = 0)
    {
        var commits = new List<ulong>();
        for (ulong i = (ulong)after + 1; i <= (ulong)(after + transactions); i++)
        {
            await store.CommitAsync(2 * i - 1, 2 * i);
            commits.Add(2 * i);
        }

        await store.ReachAsync(commits[^1]);
        return commits;
    }
}
