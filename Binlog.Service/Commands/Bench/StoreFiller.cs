using Binlog.RelayLog;
using Binlog.Service.Configuration;
using Binlog.Service.Pump.Sorting;
using Binlog.TiDB;

namespace Binlog.Service.Commands.Bench;

/// <summary>Fills the log of a Pump that isn't running, without the way over the network.</summary>
internal static class StoreFiller
{
    private const int BatchTransactions = 1000;

    /// <summary>Writes transactions of 300 bytes.</summary>
    /// <param name="dataDirectory">The data directory of the Pump's host.</param>
    /// <param name="clusterId">ID of its cluster.</param>
    /// <param name="transactions">How many.</param>
    /// <param name="time">The clock that timestamps follow.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <returns>Bytes of all binlogs.</returns>
    public static async Task<long> FillAsync(string dataDirectory, ulong clusterId, int transactions, TimeProvider time, CancellationToken cancellationToken)
    {
        var pump = new PumpOptions();
        var options = new SegmentedLogOptions { Directory = Path.Combine(dataDirectory, "pump"), Name = "pump store", ClusterId = clusterId, SegmentSizeBytes = pump.SegmentSizeBytes };
        await using SegmentedLog log = await SegmentedLog.OpenAsync(options, cancellationToken);
        var timestamps = new LocalTimestamps(Tso.FromDateTimeOffset(time.GetUtcNow() - TimeSpan.FromHours(1)).Value, time);
        var source = new SizedTransactionSource(BenchWriteOptions.DefaultSizeBytes, 1);
        long bytes = 0;
        for (int written = 0; written < transactions; written += BatchTransactions)
        {
            PendingRecord[] batch = [.. Enumerable.Range(0, Math.Min(BatchTransactions, transactions - written)).SelectMany(_ => Transaction(source, timestamps))];
            await log.AppendBatchAsync(batch, cancellationToken);
            bytes += batch.Sum(record => (long)record.Payload.Length);
        }

        return bytes;
    }

    private static PendingRecord[] Transaction(SizedTransactionSource source, LocalTimestamps timestamps)
    {
        ulong startTs = timestamps.Next();
        ulong commitTs = timestamps.Next();
        byte[] prewrite = source.Prewrite(startTs).ToArray();
        byte[] commit = source.Commit(startTs, commitTs).ToArray();
        return
        [
            new PendingRecord(new RecordTag((ushort)PumpRecordKind.Prewrite, startTs, 0), prewrite),
            new PendingRecord(new RecordTag((ushort)PumpRecordKind.Commit, startTs, commitTs), commit),
        ];
    }
}
