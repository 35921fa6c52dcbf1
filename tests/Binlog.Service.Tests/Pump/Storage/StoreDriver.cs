using System.Buffers;
using Binlog.RelayLog;
using Binlog.RelayLog.Files;
using Binlog.Service.Pump.Reading;
using Binlog.Service.Pump.Storage;
using Binlog.TiDB.Records;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>Writes to and reads from a Pump's store.</summary>
internal static class StoreDriver
{
    public const ulong ClusterId = 7;

    public static Task<PumpStore> OpenAsync(string directory, long segmentSizeBytes = 1 << 20, ILogFileSystem? fileSystem = null)
    {
        var options = new SegmentedLogOptions { Directory = directory, Name = "pump store", ClusterId = ClusterId, SegmentSizeBytes = segmentSizeBytes };
        return PumpStore.OpenAsync(options with { FileSystem = fileSystem ?? options.FileSystem }, NullLogger.Instance, TestContext.Current.CancellationToken);
    }

    public static Task WriteAsync(this PumpStore store, byte[] payload) =>
        store.WriteAsync(BinlogHeader.Parse(payload), payload, TestContext.Current.CancellationToken).AsTask();

    public static async Task CommitAsync(this PumpStore store, ulong startTs, ulong commitTs)
    {
        await store.WriteAsync(TestBinlogs.Prewrite(startTs));
        await store.WriteAsync(TestBinlogs.Commit(startTs, commitTs));
    }

    /// <summary>Returns when everything up to a commit TS is complete.</summary>
    public static Task ReachAsync(this PumpStore store, ulong commitTs) =>
        store.WaitForAdvanceAsync(commitTs - 1, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>The commit TS of everything that can be read.</summary>
    public static List<ulong> ReadAll(this PumpStore store, ulong afterCommitTs = 0)
    {
        using PullCursor cursor = store.OpenCursor(afterCommitTs);
        var commitTimestamps = new List<ulong>();
        var buffer = new ArrayBufferWriter<byte>();
        while (cursor.TryRead(ulong.MaxValue, buffer, out ulong startTs, out ulong commitTs))
        {
            BinlogHeader header = BinlogHeader.Parse(buffer.WrittenSpan);
            Assert.Equal((startTs, commitTs), (header.StartTs, header.CommitTs));
            Assert.Equal(TestBinlogs.Value(startTs), header.PrewriteValue.Of(buffer.WrittenSpan)[..TestBinlogs.Value(startTs).Length]);
            buffer.ResetWrittenCount();
            commitTimestamps.Add(commitTs);
        }

        return commitTimestamps;
    }
}
