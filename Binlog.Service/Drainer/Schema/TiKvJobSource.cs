using System.Runtime.CompilerServices;
using Binlog.Cluster.TiKv;
using Binlog.Cluster.Timestamps;
using Binlog.Service.Membership;
using Binlog.TiDB;
using Binlog.TiDB.Keys;

namespace Binlog.Service.Drainer.Schema;

/// <summary>DDL jobs as TiDB keeps them in TiKV: the hash DDLJobHistory, as of a fresh timestamp. Thread-safe.</summary>
/// <remarks>
/// A job with a lower ID may come into the history after one with a higher ID, because jobs run beside each other. So what is new is found by a
/// scan of all keys without values, not of those behind the highest.
/// </remarks>
/// <param name="client">Reads TiKV.</param>
/// <param name="tso">The cluster's timestamps.</param>
internal sealed class TiKvJobSource(TiKvClient client, ITsoSource tso) : IDdlJobSource
{
    /// <summary>With more than this share of jobs missing, values are read with the keys.</summary>
    private const int ScannedShare = 4;

    /// <inheritdoc />
    public string Name => "TiKV";

    /// <summary>The source of a cluster; null when there is no way to its storage.</summary>
    public static TiKvJobSource? Of(UpstreamStorage? upstream) => upstream is null ? null : new TiKvJobSource(upstream.TiKv, upstream.Pd.Tso);

    /// <inheritdoc />
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadMissingAsync(Func<long, bool> isKnown, Func<long, bool> isOld, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        TiKvSnapshot now = await TakeSnapshotAsync(cancellationToken);
        byte[] prefix = MetaKey.HashPrefix(MetaKey.DdlJobHistory);
        var missing = new List<long>();
        int jobs = 0;
        await foreach (KeyValue pair in now.ScanKeysAsync(prefix, cancellationToken))
        {
            long jobId = JobIdOf(pair.Key);
            jobs++;
            if (!isKnown(jobId))
            {
                missing.Add(jobId);
            }
        }

        if (missing.Count > jobs / ScannedShare)
        {
            await foreach (KeyValue pair in now.ScanPrefixAsync(prefix, cancellationToken))
            {
                long jobId = JobIdOf(pair.Key);
                if (!isKnown(jobId))
                {
                    yield return Check(jobId, pair.Value);
                }
            }

            yield break;
        }

        foreach (long jobId in missing)
        {
            yield return await ReadAsync(now, jobId, cancellationToken)
                ?? throw Damaged(jobId, $"the key is there as of {now.Timestamp}, and its value is not");
        }
    }

    /// <inheritdoc />
    public async Task<ReadOnlyMemory<byte>?> FindAsync(long jobId, CancellationToken cancellationToken) =>
        await ReadAsync(await TakeSnapshotAsync(cancellationToken), jobId, cancellationToken);

    private async ValueTask<TiKvSnapshot> TakeSnapshotAsync(CancellationToken cancellationToken) => new(client, await tso.NextAsync(1, cancellationToken));

    private static async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(TiKvSnapshot now, long jobId, CancellationToken cancellationToken) =>
        await now.GetAsync(MetaKey.ForDdlJob(jobId), cancellationToken) is { } json ? Check(jobId, json) : default(ReadOnlyMemory<byte>?);

    private static ReadOnlyMemory<byte> Check(long jobId, ReadOnlyMemory<byte> json)
    {
        try
        {
            return JobHead.Read(json.Span).Id is var found && found == jobId ? json : throw Damaged(jobId, $"it holds job {found}");
        }
        catch (FormatException exception)
        {
            throw Damaged(jobId, exception.Message.TrimEnd('.'), exception);
        }
    }

    private static long JobIdOf(ReadOnlyMemory<byte> key)
    {
        try
        {
            return MetaKey.Parse(key.Span) is { IsDdlHistoryJob: true } parsed ? parsed.JobId : throw Damaged(key, 0, "its field is no job ID of eight bytes", null);
        }
        catch (TiDBFormatException exception)
        {
            throw Damaged(key, 0, exception.Message.TrimEnd('.'), exception);
        }
    }

    private static SchemaHistoryException Damaged(long jobId, string reason, Exception? cause = null) => Damaged(MetaKey.ForDdlJob(jobId), jobId, reason, cause);

    private static SchemaHistoryException Damaged(ReadOnlyMemory<byte> key, long jobId, string reason, Exception? cause) => new(
        $"The DDL history in TiKV is damaged at key {Convert.ToHexString(key.Span)} (job {jobId}): {reason}. Its value must be the JSON of the job as TiDB stores it.", jobId, cause);
}
