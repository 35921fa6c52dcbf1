namespace Binlog.Service.Drainer.Schema;

/// <summary>Where the upstream keeps its finished DDL jobs. Thread-safe. Nothing is kept between calls: <see cref="StoredSchemaHistory"/> does that.</summary>
internal interface IDdlJobSource
{
    /// <summary>Its name in messages and logs, such as "TiKV".</summary>
    string Name { get; }

    /// <summary>The jobs that the caller lacks, in any order, as of a moment not before the call.</summary>
    /// <param name="isKnown">Whether the caller has the job with this ID.</param>
    /// <param name="isOld">Whether the caller had the job already when it had all that there were: a source that gives the newest jobs first may end at such ones.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Each job's JSON, as one line, valid until the next one is asked for.</returns>
    /// <exception cref="Cluster.ClusterException">The source can't be asked.</exception>
    /// <exception cref="SchemaHistoryException">It can't be asked, or answers with something else.</exception>
    IAsyncEnumerable<ReadOnlyMemory<byte>> ReadMissingAsync(Func<long, bool> isKnown, Func<long, bool> isOld, CancellationToken cancellationToken);

    /// <summary>One job's JSON, as one line; null when the source doesn't have it (yet).</summary>
    /// <exception cref="Cluster.ClusterException">The source can't be asked.</exception>
    /// <exception cref="SchemaHistoryException">It can't be asked, or answers with something else.</exception>
    Task<ReadOnlyMemory<byte>?> FindAsync(long jobId, CancellationToken cancellationToken);
}
