using Binlog.TiDB.Schema;

namespace Binlog.Service.Drainer.Schema;

/// <summary>The upstream's finished DDL jobs. A DDL binlog names its job by ID only; everything else about it is here.</summary>
/// <remarks>Implementations are thread-safe.</remarks>
internal interface ISchemaHistory
{
    /// <summary>Whether a job that is missing comes by itself: the history is the upstream's own, which enters a job some time after its binlog.</summary>
    bool GrowsByItself => false;

    /// <summary>Finds a job; null when the history doesn't have it (yet: a job can show up after its binlog).</summary>
    /// <exception cref="SchemaHistoryException">The history can't be read or is damaged.</exception>
    Task<SchemaHistoryEntry?> FindAsync(long jobId, CancellationToken cancellationToken);

    /// <summary>
    /// The jobs that took effect with <paramref name="schemaVersion"/> &lt; version &lt;= <paramref name="upToVersion"/>, by version.
    /// Failed and cancelled jobs, and those that name no version, are not among them.
    /// </summary>
    /// <exception cref="SchemaHistoryException">The history can't be read or is damaged.</exception>
    IAsyncEnumerable<DdlJob> JobsAfterAsync(long schemaVersion, long upToVersion, CancellationToken cancellationToken);
}
