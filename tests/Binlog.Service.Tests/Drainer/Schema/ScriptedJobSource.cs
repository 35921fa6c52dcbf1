using System.Runtime.CompilerServices;
using System.Text;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Tests.Drainer.Schema.TiDbStatus;

namespace Binlog.Service.Tests.Drainer.Schema;

/// <summary>An upstream with the jobs that a test gives it, which may be away.</summary>
internal sealed class ScriptedJobSource : IDdlJobSource
{
    public string Name => "the upstream";

    public SortedDictionary<long, string> Jobs { get; } = [];

    /// <summary>What it fails with; null answers.</summary>
    public Exception? Failure { get; set; }

    public int Listings { get; private set; }

    public List<long> Asked { get; } = [];

    public void Add(params IEnumerable<long> ids)
    {
        foreach (long id in ids)
        {
            Jobs[id] = StatusPortDouble.Job(id).ReplaceLineEndings("");
        }
    }

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadMissingAsync(Func<long, bool> isKnown, Func<long, bool> isOld, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Listings++;
        foreach ((long id, string job) in Jobs.Reverse())
        {
            await Task.Yield();
            if (Failure is not null)
            {
                throw Failure;
            }

            if (!isKnown(id))
            {
                yield return Encoding.UTF8.GetBytes(job);
            }
        }

        if (Failure is not null)
        {
            throw Failure;
        }
    }

    public Task<ReadOnlyMemory<byte>?> FindAsync(long jobId, CancellationToken cancellationToken)
    {
        Asked.Add(jobId);
        ReadOnlyMemory<byte>? found = Jobs.TryGetValue(jobId, out string? job) ? Encoding.UTF8.GetBytes(job) : default(ReadOnlyMemory<byte>?);
        return Failure is not null ? throw Failure : Task.FromResult(found);
    }
}
