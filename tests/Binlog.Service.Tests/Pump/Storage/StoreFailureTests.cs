using System.Collections.Concurrent;
using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Storage;
using Binlog.TestKit.Capabilities;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>The n-th operation of the disk fails once, then all goes well again: everything acknowledged is there after the next start.</summary>
public sealed class StoreFailureTests : IDisposable
{
    private const int SegmentBytes = 4096;
    private const int Writers = 3;
    private const int TransactionsOfEach = 25;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(FileOperation.Write)]
    [InlineData(FileOperation.Flush)]
    [InlineData(FileOperation.Create)]
    [InlineData(FileOperation.Rename)]
    [InlineData(FileOperation.FlushDirectory)]
    public async Task Write_NthOperationFailsOnce_EverythingAcknowledgedIsKept(FileOperation operation)
    {
        // A short run has only a few of the operations that don't come with every write.
        int step = LongRun.IsOn || operation is not (FileOperation.Write or FileOperation.Flush) ? 1 : 9;
        bool failed = true;
        int triedAtWork = 0;
        for (int nth = 1; failed; nth += step)
        {
            var files = new FailingFileSystem();
            files.FailOnce(operation, nth);
            string directory = _directory.Combine($"{nth}");
            var acknowledged = new ConcurrentQueue<ulong>();
            var doubtful = new ConcurrentQueue<ulong>();
            bool opened = await RunAsync(files, directory, acknowledged, doubtful);
            failed = files.HasFailed;
            triedAtWork += failed && opened ? 1 : 0;

            await CheckAsync(directory, [.. acknowledged], [.. doubtful], $"{operation} {nth}");
        }

        // A failure while the store is opened proves nothing about writes.
        Assert.InRange(triedAtWork, 2, int.MaxValue);
    }

    /// <summary>Opens and writes; false when the opening failed.</summary>
    private static async Task<bool> RunAsync(FailingFileSystem files, string directory, ConcurrentQueue<ulong> acknowledged, ConcurrentQueue<ulong> doubtful)
    {
        PumpStore store;
        try
        {
            store = await StoreDriver.OpenAsync(directory, SegmentBytes, files);
        }
        catch (Exception exception) when (exception is RelayLogException or ServiceException)
        {
            return false;
        }

        await using (store)
        {
            ulong timestamp = 0;
            await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
            {
                for (int i = 0; i < TransactionsOfEach; i++)
                {
                    ulong startTs = Interlocked.Increment(ref timestamp);
                    try
                    {
                        await store.WriteAsync(TestBinlogs.Prewrite(startTs));
                        ulong commitTs = Interlocked.Increment(ref timestamp);
                        await store.WriteAsync(TestBinlogs.Commit(startTs, commitTs));
                        acknowledged.Enqueue(commitTs);
                    }
                    catch (RelayLogException)
                    {
                        doubtful.Enqueue(startTs);
                    }
                }
            })));
        }

        return true;
    }

    private static async Task CheckAsync(string directory, HashSet<ulong> acknowledged, ulong[] doubtful, string what)
    {
        await using PumpStore store = await StoreDriver.OpenAsync(directory, SegmentBytes);
        foreach (ulong startTs in doubtful)
        {
            await store.WriteAsync(TestBinlogs.Rollback(startTs));
        }

        await store.CommitAsync(10_001, 10_002);
        await store.ReachAsync(10_002);
        List<ulong> read = store.ReadAll();

        Assert.Null(store.SortingFault);
        Assert.True(read.Zip(read.Skip(1)).All(pair => pair.First < pair.Second), what);
        Assert.True(acknowledged.IsSubsetOf(read), $"{what}: lost {string.Join(", ", acknowledged.Except(read))}");
        Assert.InRange(read.Count, acknowledged.Count + 1, acknowledged.Count + 1 + doubtful.Length);
    }
}
