using Binlog.RelayLog;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Applying.SchemaChanges;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Hosting;
using Binlog.TiDB.Schema;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer.Applying;

/// <content>Schema changes: everything before one is durable in the target before it begins, and nothing behind it begins before it is over.</content>
internal sealed partial class ApplySession
{
    private async Task ApplyDdlAsync(LogRecord record, CancellationToken cancellationToken)
    {
        (ReadOnlyMemory<byte> jobJson, ReadOnlyMemory<byte> binlog) = RelayDdl.Split(record.Payload, record.Tag.CommitTs);
        DdlJob job = RelayDdl.ParseJob(jobJson.Span, record.Tag.CommitTs);
        SchemaChange? change = await _translator.TranslateDdlAsync(binlog, job, cancellationToken);
        if (change is null)
        {
            _filling.Add(record, SchemaVersion, isTransaction: true);
            return;
        }

        await FinishAsync(cancellationToken);
        Pipeline.Forget();
        var underWay = new SchemaChangeUnderWay(record.Tag.CommitTs, job.Id, job.Type, change.Query, _time.GetUtcNow());
        bool isSkipped = _progress.Desk.IsSkipped(record.Tag.CommitTs);
        await ApplyDdlAsync(change, underWay, new Checkpoint(record.Tag.CommitTs, SchemaVersion), isSkipped, cancellationToken);
        DateTimeOffset now = _time.GetUtcNow();
        _progress.Desk.NoteFinished(new FinishedSchemaChange(underWay, isSkipped, now));
        _progress.Add(record.Tag.CommitTs, 0, 0, isSkipped ? 0 : 1, now);
        _progress.Timings.Moved(record.Tag.CommitTs, now);
        _relay.NoteApplied(record.Sequence);
        await _relay.MarkAppliedAsync(record.End, cancellationToken);
    }

    private async Task ApplyDdlAsync(SchemaChange change, SchemaChangeUnderWay underWay, Checkpoint checkpoint, bool isSkipped, CancellationToken cancellationToken)
    {
        if (isSkipped)
        {
            await _target.SkipSchemaChangeAsync(change, checkpoint, cancellationToken);
            LogSkipped(underWay.CommitTs, underWay.JobId, underWay.Type, underWay.Query);
            return;
        }

        _progress.SchemaChange = underWay;
        try
        {
            await _target.ApplySchemaChangeAsync(change, checkpoint, cancellationToken);
            LogSchemaChange(underWay.CommitTs, underWay.JobId, underWay.Type, underWay.Query);
        }
        catch (TargetException refusal) when (refusal.IsSchemaRefusal)
        {
            throw new SchemaChangeRefusedException(underWay, refusal);
        }
        finally
        {
            _progress.SchemaChange = null;
        }
    }

    [LoggerMessage(EventIds.DrainerSchemaChange, LogLevel.Information, "Applied DDL job {JobId} ({Type}) at commit TS {CommitTs}: {Query}")]
    private partial void LogSchemaChange(ulong commitTs, long jobId, DdlActionType type, string query);

    [LoggerMessage(EventIds.DrainerSchemaChangeSkipped, LogLevel.Warning, "By an operator's choice the DDL job {JobId} ({Type}) at commit TS {CommitTs} was passed over; the target was left as it is: {Query}")]
    private partial void LogSkipped(ulong commitTs, long jobId, DdlActionType type, string query);
}
