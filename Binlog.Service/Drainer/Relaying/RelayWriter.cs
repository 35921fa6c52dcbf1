using Binlog.RelayLog;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Drainer.Refetching;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Drainer.Spooling;
using Binlog.Service.Drainer.Translating;
using Binlog.Service.Hosting;
using Binlog.TiDB.Records;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer.Relaying;

/// <summary>
/// The stage between merge and target: appends every merged batch to the relay log and flushes it. What is flushed there
/// reaches the target whatever becomes of the Pumps.
/// </summary>
internal sealed partial class RelayWriter(Relay relay, ISchemaHistory history, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan JobRetryDelay = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LateJobRetryDelay = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan FullRetryDelay = TimeSpan.FromSeconds(1);
    private const int JobTries = 20;
    private const long MostBytesTriedBlindly = 4 << 20;
    private const int LookedAtQueryBytes = 64 * 1024;

    private readonly List<PendingRecord> _records = [];

    /// <summary>What a damaged relay log still had, if this one takes its place.</summary>
    public RefetchWitness? Witness { get; set; }

    /// <summary>Measures what the relay log's disk has free, in bytes; null: the disk is asked.</summary>
    public Func<long>? MeasureFree { get; init; }

    /// <summary>What this writer is doing.</summary>
    public RelayActivity Activity { get; } = new(time);

    /// <summary>Notes where the log begins, or goes on after a gap that the target already has.</summary>
    public async Task StartAtAsync(ulong commitTs, CancellationToken cancellationToken)
    {
        await relay.Log.AppendAsync(new RecordTag((ushort)RelayRecordKind.Start, 0, commitTs), default, cancellationToken);
        relay.MarkStarted(commitTs);
    }

    /// <summary>Appends a batch and returns when it is flushed; waits for space on a full disk. Of several fakes in a row only the last is kept.</summary>
    /// <exception cref="RelayLogException">The batch could not be made durable.</exception>
    /// <exception cref="DrainerException">A DDL job is not in the schema history, or what is fetched again lacks something.</exception>
    public async Task WriteAsync(List<MergedBinlog> batch, CancellationToken cancellationToken)
    {
        Activity.BeginWait();
        await relay.WaitForRoomAsync(cancellationToken);
        Activity.EndWait();
        _records.Clear();
        for (int index = 0; index < batch.Count; index++)
        {
            MergedBinlog binlog = batch[index];
            Witness?.Check(binlog, cancellationToken);
            if (!binlog.IsFake)
            {
                _records.Add(await ToRecordAsync(binlog, cancellationToken));
            }
            else if (index + 1 == batch.Count)
            {
                _records.Add(new PendingRecord(new RecordTag((ushort)RelayRecordKind.Watermark, binlog.StartTs, binlog.CommitTs), default));
            }
        }

        await AppendAsync(cancellationToken);
        relay.MarkFlushed(batch[^1].CommitTs);
        _records.Clear();
        foreach (MergedBinlog binlog in batch)
        {
            binlog.Spool?.Release();
        }
    }

    private async Task AppendAsync(CancellationToken cancellationToken)
    {
        bool isFull = false;
        while (true)
        {
            try
            {
                Activity.BeginAppend();
                await relay.Log.AppendBatchAsync(_records, cancellationToken);
                Activity.EndAppend();
                relay.Failure = null;
                return;
            }
            catch (DiskFullException exception)
            {
                if (!isFull)
                {
                    LogFull(exception.Message);
                }

                isFull = true;
                relay.Failure = exception.Message;
            }

            await WaitForSpaceAsync(cancellationToken);
        }
    }

    /// <summary>Waits a while; for large records until the disk has room for them, because trying fills it up each time.</summary>
    private async Task WaitForSpaceAsync(CancellationToken cancellationToken)
    {
        long needed = _records.Sum(record => (long)record.Length);
        do
        {
            await Task.Delay(FullRetryDelay, time, cancellationToken);
        }
        while (needed > MostBytesTriedBlindly && (MeasureFree ?? FreeBytes)() < needed);
    }

    /// <summary>What the relay log's disk has free; a lot where it can't be measured.</summary>
    private long FreeBytes()
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(relay.Directory)).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return long.MaxValue;
        }
    }

    private async ValueTask<PendingRecord> ToRecordAsync(MergedBinlog binlog, CancellationToken cancellationToken)
    {
        BinlogHeader header = binlog.Spool?.Header ?? BinlogHeader.Parse(binlog.Payload.Span);
        if (header.DdlJobId == 0)
        {
            return new PendingRecord(new RecordTag((ushort)RelayRecordKind.Transaction, binlog.StartTs, binlog.CommitTs), binlog.Payload) { Source = binlog.Spool };
        }

        if (TransactionTranslator.IsSequenceValue(BeginOfQuery(binlog, header)))
        {
            return new PendingRecord(new RecordTag((ushort)RelayRecordKind.Watermark, binlog.StartTs, binlog.CommitTs), default);
        }

        ReadOnlyMemory<byte> job = await FindJobAsync(header.DdlJobId, binlog, cancellationToken);
        var tag = new RecordTag((ushort)RelayRecordKind.Ddl, binlog.StartTs, binlog.CommitTs);
        return binlog.Spool is { } spool
            ? new PendingRecord(tag, default) { Source = new PrefixedPayload(RelayDdl.Prefix(job.Span), spool) }
            : new PendingRecord(tag, RelayDdl.Join(job.Span, binlog.Payload.Span));
    }

    /// <summary>The statement; of one in a file what comes first, which tells what it does.</summary>
    private static ReadOnlySpan<byte> BeginOfQuery(in MergedBinlog binlog, in BinlogHeader header)
    {
        if (binlog.Spool is not { } spool)
        {
            return header.DdlQuery.Of(binlog.Payload.Span);
        }

        byte[] query = new byte[Math.Min(header.DdlQuery.Length, LookedAtQueryBytes)];
        spool.Read(query, header.DdlQuery.Offset);
        return query;
    }

    private async Task<ReadOnlyMemory<byte>> FindJobAsync(long jobId, MergedBinlog binlog, CancellationToken cancellationToken)
    {
        for (int tried = 1; ; tried++)
        {
            if (await history.FindAsync(jobId, cancellationToken) is { } job)
            {
                relay.Failure = null;
                return job.RawJson;
            }

            if (tried >= JobTries && history.GrowsByItself)
            {
                relay.Failure = $"waits for the DDL job {jobId} at commit TS {binlog.CommitTs}, which the upstream has not entered into its history yet. It does so when all TiDB servers know the new schema; ADMIN SHOW DDL there says how far it is.";
                if (tried == JobTries)
                {
                    LogJobMissing(relay.Failure);
                }
            }
            else if (tried == JobTries)
            {
                throw new DrainerException(
                    $"The DDL job {jobId} at commit TS {binlog.CommitTs} (from Pump {binlog.NodeId}) is not in the schema history. Nothing was dropped: the Drainer stops before it. Bring the history up to date and start again.");
            }

            await Task.Delay(tried < JobTries ? JobRetryDelay : LateJobRetryDelay, time, cancellationToken);
        }
    }

    [LoggerMessage(EventIds.DrainerJobMissing, LogLevel.Warning, "The Drainer {Reason}")]
    private partial void LogJobMissing(string reason);

    [LoggerMessage(EventIds.DrainerRelayFull, LogLevel.Error, "The relay log can't be written; it is tried again, and nothing is lost meanwhile: {Reason}")]
    private partial void LogFull(string reason);
}
