using System.Buffers;
using Binlog.RelayLog;
using Binlog.RelayLog.Files;
using Binlog.Service.Pump.Reading;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Pump.Storage.Checkpointing;
using Binlog.Service.Pump.Storage.Indexing;
using Binlog.TestKit.Waiting;
using Binlog.TiDB.Records;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>Writes to and reads from a Pump's store.</summary>
internal static class StoreDriver
{
    public const ulong ClusterId = 7;

    public static Task<PumpStore> OpenAsync(string directory, long segmentSizeBytes = 1 << 20, ILogFileSystem? fileSystem = null, ILogger? logger = null)
    {
        var options = new SegmentedLogOptions { Directory = directory, Name = "pump store", ClusterId = ClusterId, SegmentSizeBytes = segmentSizeBytes };
        return PumpStore.OpenAsync(options with { FileSystem = fileSystem ?? options.FileSystem }, logger ?? NullLogger.Instance, TestContext.Current.CancellationToken);
    }

    /// <summary>Opens a store whose blocks, files, checkpoints and limits are so small that a short test meets them all.</summary>
    public static Task<PumpStore> OpenSmallAsync(string directory, ILogFileSystem? fileSystem = null, int checkpointRecords = 10, ILogger? logger = null, TimeProvider? time = null)
    {
        var log = new SegmentedLogOptions { Directory = directory, Name = "pump store", ClusterId = ClusterId, SegmentSizeBytes = 4096 };
        var options = new PumpStoreOptions(log with { FileSystem = fileSystem ?? log.FileSystem, TimeProvider = time ?? log.TimeProvider })
        {
            Layout = new IndexLayout(BlockEntries: 8, FileBlocks: 4),
            CachedBlocks = 2,
            Limits = new SorterLimits(Emitted: 20, Pending: 16),
            CheckpointRecords = checkpointRecords,
        };
        return PumpStore.OpenAsync(options, logger ?? NullLogger.Instance, TestContext.Current.CancellationToken);
    }

    /// <summary>Copies a store as a kill of its process would leave it.</summary>
    public static void Copy(string from, string to, bool withIndex = true)
    {
        Directory.CreateDirectory(to);
        if (withIndex)
        {
            // The checkpoint first: blocks that are written meanwhile are beyond what it knows.
            string index = Path.Combine(from, "index");
            Directory.CreateDirectory(Path.Combine(to, "index"));
            foreach (string file in Directory.GetFiles(index, "checkpoint").Concat(Directory.GetFiles(index, "*.idx")))
            {
                File.Copy(file, Path.Combine(to, "index", Path.GetFileName(file)));
            }
        }

        foreach (string file in Directory.EnumerateFiles(from).Where(file => !Path.GetFileName(file).StartsWith('.')))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    /// <summary>Up to which byte of the first segment a store's checkpoint says that the log had been flushed; 0 when there is none.</summary>
    public static long KnownEnd(string directory) =>
        CheckpointEnd.TryRead(new SegmentedLogOptions { Directory = directory }.FileSystem, Path.Combine(directory, PumpStoreOptions.IndexFolder))?.End is { Segment: 1 } end ? end.Offset : 0;

    public static Task WriteAsync(this PumpStore store, byte[] payload) =>
        store.WriteAsync(BinlogHeader.Parse(payload), payload, TestContext.Current.CancellationToken).AsTask();

    public static async Task CommitAsync(this PumpStore store, ulong startTs, ulong commitTs)
    {
        await store.WriteAsync(TestBinlogs.Prewrite(startTs));
        await store.WriteAsync(TestBinlogs.Commit(startTs, commitTs));
    }

    public static Task DecideAsync(this PumpStore store, TransactionDecision decision) =>
        store.DecideAsync(decision, null, TestContext.Current.CancellationToken).AsTask();

    /// <summary>Returns when everything up to a commit TS is complete.</summary>
    public static Task ReachAsync(this PumpStore store, ulong commitTs) =>
        store.WaitForAdvanceAsync(commitTs - 1, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>Returns when the store has sorted what was written.</summary>
    public static Task SettleAsync(this PumpStore store) =>
        Eventually.HoldsAsync("everything is sorted", () => store.IsSorted, TestContext.Current.CancellationToken);

    /// <summary>The commit TS of everything that can be read.</summary>
    public static List<ulong> ReadAll(this PumpStore store, ulong afterCommitTs = 0)
    {
        var commitTimestamps = new List<ulong>();
        store.ReadAll(commitTimestamps, afterCommitTs);
        return commitTimestamps;
    }

    /// <summary>The same; what was read before an error is in the list.</summary>
    public static void ReadAll(this PumpStore store, List<ulong> commitTimestamps, ulong afterCommitTs = 0)
    {
        using PullCursor cursor = store.OpenCursor(afterCommitTs);
        var buffer = new ArrayBufferWriter<byte>();
        while (cursor.TryRead(ulong.MaxValue, buffer, out ulong startTs, out ulong commitTs))
        {
            BinlogHeader header = BinlogHeader.Parse(buffer.WrittenSpan);
            Assert.Equal((startTs, commitTs), (header.StartTs, header.CommitTs));
            Assert.Equal(TestBinlogs.Value(startTs), header.PrewriteValue.Of(buffer.WrittenSpan)[..TestBinlogs.Value(startTs).Length]);
            buffer.ResetWrittenCount();
            commitTimestamps.Add(commitTs);
        }
    }
}
