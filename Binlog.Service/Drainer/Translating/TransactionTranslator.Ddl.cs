using System.Text;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Schema;
using Binlog.TiDB.Records;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Drainer.Translating;

/// <content>DDL binlogs.</content>
internal sealed partial class TransactionTranslator
{
    private static ReadOnlySpan<byte> SetSequenceValue => "select setval"u8;

    /// <summary>
    /// Whether the record is the pseudo DDL by which a sequence notes its cached value. It names a made-up job that no history
    /// has, and changes nothing.
    /// </summary>
    public static bool IsSequenceValue(ReadOnlySpan<byte> payload, in BinlogHeader header) => IsSequenceValue(header.DdlQuery.Of(payload));

    /// <summary>The same, from the statement or what it begins with.</summary>
    public static bool IsSequenceValue(ReadOnlySpan<byte> query)
    {
        query = query.TrimStart(" \t\r\n"u8);
        return query.Length >= SetSequenceValue.Length && Ascii.EqualsIgnoreCase(query[..SetSequenceValue.Length], SetSequenceValue);
    }

    /// <summary>
    /// Applies a DDL binlog to the tracker and says what a target has to do. Null when that is nothing: the job was rolled back
    /// or cancelled, its type changes no schema, it only announces a DROP COLUMN, it moves a sequence, or it concerns TiDB's own schemas.
    /// </summary>
    /// <remarks>
    /// The stream's order is the truth: a job that the tracker has applied already, because a row needed the newer schema first
    /// or the tracker started later, gives its change all the same.
    /// </remarks>
    /// <param name="payload">The binlog.</param>
    /// <param name="job">The job that it names; may be null for a sequence's value only.</param>
    /// <param name="cancellationToken">Stops a replay of the history.</param>
    /// <exception cref="SchemaHistoryException">The job contradicts the tracked schema.</exception>
    public async Task<SchemaChange?> TranslateDdlAsync(ReadOnlyMemory<byte> payload, DdlJob? job, CancellationToken cancellationToken)
    {
        BinlogHeader header = ParseHeader(payload.Span);
        if (IsSequenceValue(payload.Span, header))
        {
            return null;
        }

        if (job is null || job.Id != header.DdlJobId)
        {
            throw new ArgumentException($"The binlog with commit TS {header.CommitTs} names DDL job {header.DdlJobId}, not {job?.Id}.", nameof(job));
        }

        if (header.DdlSchemaState == (int)SchemaState.DeleteOnly)
        {
            if (!tracker.HasApplied(job))
            {
                tracker.MarkDroppingColumn(job.TableId);
            }

            return null;
        }

        bool isSystem = tracker.IsSystem(job);
        TrackedChange? change = await ApplyAsync(job, cancellationToken);
        return change is null || isSystem ? null : new SchemaChange
        {
            CommitTs = header.CommitTs,
            Job = job,
            Query = header.DdlQuery.IsEmpty ? job.Query : Encoding.UTF8.GetString(header.DdlQuery.Of(payload.Span)),
            SchemaName = change.SchemaName,
            Database = change.Database,
            Before = change.Before,
            After = change.After,
            Tables = change.Tables,
        };
    }

    private async Task<TrackedChange?> ApplyAsync(DdlJob job, CancellationToken cancellationToken)
    {
        if (!tracker.HasApplied(job))
        {
            return tracker.Apply(job);
        }

        SchemaTracker earlier = await SchemaTracker.ReplayAsync(history, job.Binlog.SchemaVersion - 1, cancellationToken);
        return earlier.Apply(job);
    }
}
