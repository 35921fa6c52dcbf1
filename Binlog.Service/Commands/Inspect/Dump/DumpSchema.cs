using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Schema;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Commands.Inspect.Dump;

/// <summary>The tables as they are at the place of the log that is being shown, as far as a history or the log's own DDL jobs tell.</summary>
internal sealed class DumpSchema(ISchemaHistory? history)
{
    private readonly SchemaTracker _tracker = new();

    /// <summary>Why a DDL job of the log could not be followed; null when all could.</summary>
    public string? Problem { get; private set; }

    /// <summary>Follows the history up to the schema version that rows are encoded under.</summary>
    /// <exception cref="SchemaHistoryException">The history can't be read or contradicts itself.</exception>
    public async ValueTask CatchUpAsync(long version, CancellationToken cancellationToken)
    {
        if (history is not null && _tracker.IsBehind(version))
        {
            await _tracker.CatchUpAsync(history, version, cancellationToken);
        }
    }

    /// <summary>Follows a job that stands in the log itself. One that concerns tables from before the log's beginning can't be followed: their rows stay unknown.</summary>
    /// <exception cref="SchemaHistoryException">The history can't be read or contradicts itself.</exception>
    public async ValueTask ApplyAsync(DdlJob job, CancellationToken cancellationToken)
    {
        await CatchUpAsync(job.Binlog.SchemaVersion, cancellationToken);
        if (_tracker.HasApplied(job))
        {
            return;
        }

        try
        {
            _tracker.Apply(job);
        }
        catch (SchemaHistoryException exception)
        {
            Problem ??= exception.Message;
        }
    }

    /// <summary>Finds a job of the history.</summary>
    public async ValueTask<DdlJob?> FindJobAsync(long jobId, CancellationToken cancellationToken) =>
        history is null ? null : (await history.FindAsync(jobId, cancellationToken))?.Job;

    /// <summary>The table; null when it is unknown.</summary>
    public TableSchema? Find(long tableId) => _tracker.Find(tableId);
}
