using System.Runtime.CompilerServices;
using Binlog.Service.Drainer.Schema;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Tests.Drainer.Schema;

/// <summary>A history that holds the jobs it was given.</summary>
internal sealed class FakeSchemaHistory(params DdlJob[] jobs) : ISchemaHistory
{
    public List<DdlJob> Jobs { get; } = [.. jobs];

    public int Questions { get; private set; }

    public Task<SchemaHistoryEntry?> FindAsync(long jobId, CancellationToken cancellationToken) =>
        Task.FromResult(Jobs.Find(job => job.Id == jobId) is { } job ? new SchemaHistoryEntry(job, default) : null);

    public async IAsyncEnumerable<DdlJob> JobsAfterAsync(long schemaVersion, long upToVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Questions++;
        foreach (DdlJob job in Jobs.OrderBy(job => job.Binlog.SchemaVersion))
        {
            await Task.Yield();
            if (job.IsApplicable && job.Binlog.SchemaVersion > schemaVersion && job.Binlog.SchemaVersion <= upToVersion)
            {
                yield return job;
            }
        }
    }
}
