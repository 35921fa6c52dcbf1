using System.Runtime.CompilerServices;
using Binlog.Cluster;
using Binlog.Cluster.TiKv;
using Binlog.Cluster.Timestamps;
using Binlog.TiDB;
using Binlog.TiDB.Keys;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Drainer.Schema;

/// <summary>
/// The DDL history as TiDB keeps it in TiKV: the hash DDLJobHistory. It is read whole at first use, as of a fresh timestamp; later jobs are taken up when
/// somebody asks for them. Memory has an index, a file the jobs. Thread-safe.
/// </summary>
/// <remarks>
/// A job with a lower ID may come into the history after one with a higher ID, because jobs run beside each other. So what is new is found by a
/// scan of all keys without values, not of those behind the highest.
/// </remarks>
/// <param name="client">Reads TiKV.</param>
/// <param name="tso">The cluster's timestamps.</param>
/// <param name="spillDirectory">Where the file goes; made when it isn't there.</param>
/// <param name="time">Clock.</param>
internal sealed class TiKvSchemaHistory(TiKvClient client, ITsoSource tso, string spillDirectory, TimeProvider time) : ISchemaHistory, IDisposable
{
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly HistoryIndex<SpilledJob> _index = new();
    private JobSpill? _spill;
    private bool _isRead;
    private long _knownUpTo;
    private long _begun;

    /// <inheritdoc/>
    public async Task<SchemaHistoryEntry?> FindAsync(long jobId, CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            if (!_index.TryFind(jobId, out SpilledJob place))
            {
                TiKvSnapshot now = await SnapshotAsync(cancellationToken);
                byte[] key = MetaKey.ForDdlJob(jobId);
                if (await ReadAsync(now, key, cancellationToken) is not { } json)
                {
                    return null;
                }

                place = Add(key, json);
            }

            byte[] raw = _spill!.Read(place);
            return new SchemaHistoryEntry(Parse(raw), raw);
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<DdlJob> JobsAfterAsync(long schemaVersion, long upToVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<SpilledJob> jobs;
        await _reading.WaitAsync(cancellationToken);
        try
        {
            if (!_isRead || upToVersion > _knownUpTo)
            {
                await CatchUpAsync(cancellationToken);
                _knownUpTo = Math.Max(_knownUpTo, upToVersion == long.MaxValue ? _index.NewestVersion : upToVersion);
            }

            jobs = [.. _index.Applicable(schemaVersion, upToVersion)];
        }
        finally
        {
            _reading.Release();
        }

        foreach (SpilledJob job in jobs)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return _spill!.Read(job, Parse);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _spill?.Dispose();
        _reading.Dispose();
    }

    private static DdlJob Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return DdlJob.Parse(json.Span);
        }
        catch (TiDBFormatException exception)
        {
            JobHead head = JobHead.Read(json.Span);
            throw Damaged(MetaKey.ForDdlJob(head.JobId), head.JobId, exception.Message, exception);
        }
    }

    private static SchemaHistoryException Damaged(ReadOnlyMemory<byte> key, long jobId, string reason, Exception? cause) => new(
        $"The DDL history in TiKV is damaged at key {Convert.ToHexString(key.Span)} (job {jobId}): {reason} Its value must be the JSON of the job as TiDB stores it.", jobId, cause);

    private async ValueTask<TiKvSnapshot> SnapshotAsync(CancellationToken cancellationToken)
    {
        _begun = time.GetTimestamp();
        return new TiKvSnapshot(client, await AskAsync(() => tso.NextAsync(1, cancellationToken)));
    }

    private ValueTask<ReadOnlyMemory<byte>?> ReadAsync(TiKvSnapshot now, byte[] key, CancellationToken cancellationToken) =>
        AskAsync(() => now.GetAsync(key, cancellationToken));

    /// <summary>Takes up all jobs that have come into the history. The first time everything is new, so values come with their keys.</summary>
    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        TiKvSnapshot now = await SnapshotAsync(cancellationToken);
        byte[] prefix = MetaKey.HashPrefix(MetaKey.DdlJobHistory);
        var missing = new List<ReadOnlyMemory<byte>>();
        await using IAsyncEnumerator<KeyValue> pairs = (_isRead ? now.ScanKeysAsync(prefix, cancellationToken) : now.ScanPrefixAsync(prefix, cancellationToken)).GetAsyncEnumerator(cancellationToken);
        while (await AskAsync(() => pairs.MoveNextAsync()))
        {
            KeyValue pair = pairs.Current;
            if (!_index.TryFind(JobIdOf(pair.Key), out _))
            {
                if (_isRead)
                {
                    missing.Add(pair.Key);
                }
                else
                {
                    Add(pair.Key, pair.Value);
                }
            }
        }

        foreach (ReadOnlyMemory<byte> key in missing)
        {
            ReadOnlyMemory<byte> json = await ReadAsync(now, key.ToArray(), cancellationToken)
                ?? throw Damaged(key, JobIdOf(key), $"the key is there as of {now.Timestamp}, and its value is not.", null);
            Add(key, json);
        }

        _isRead = true;
    }

    private SpilledJob Add(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> json)
    {
        long jobId = JobIdOf(key);
        JobHead head;
        try
        {
            head = JobHead.Read(json.Span);
        }
        catch (FormatException exception)
        {
            throw Damaged(key, jobId, exception.Message, exception);
        }

        if (head.JobId != jobId)
        {
            throw Damaged(key, jobId, $"it holds job {head.JobId}.", null);
        }

        SpilledJob place = (_spill ??= JobSpill.Create(spillDirectory)).Append(json.Span);
        _index.TryAdd(head, place);
        return place;
    }

    private static long JobIdOf(ReadOnlyMemory<byte> key)
    {
        try
        {
            return MetaKey.Parse(key.Span) is { IsDdlHistoryJob: true } parsed
                ? parsed.JobId
                : throw Damaged(key, 0, "its field is no job ID of eight bytes.", null);
        }
        catch (TiDBFormatException exception)
        {
            throw Damaged(key, 0, exception.Message, exception);
        }
    }

    private async ValueTask<T> AskAsync<T>(Func<ValueTask<T>> question)
    {
        try
        {
            return await question();
        }
        catch (ClusterException exception)
        {
            throw new SchemaHistoryException(
                $"The DDL history in TiKV can't be read (given up with {_index.Count} jobs after {time.GetElapsedTime(_begun).TotalSeconds:0} s): {exception.Message}", innerException: exception);
        }
    }
}
