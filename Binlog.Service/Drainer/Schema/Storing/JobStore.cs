using System.Globalization;
using Binlog.RelayLog;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer.Schema.Storing;

/// <summary>
/// The DDL jobs that this Drainer has seen, on its disk: so that what the relay log holds can be applied when the upstream is away or gone, and a start
/// asks for new jobs only. In memory is where each job lies, about 100 bytes a job. Thread-safe, with one appender at a time.
/// </summary>
/// <remarks>A log (<see cref="SegmentedLog"/>) in the directory <c>schema</c>, see docs/formats/schema-store.md.</remarks>
internal sealed partial class JobStore : IAsyncDisposable
{
    /// <summary>Appended and flushed together.</summary>
    private const int BatchBytes = 8 << 20;

    private readonly SegmentedLog _log;
    private readonly string _directory;
    private readonly Lock _lock = new();
    private readonly Dictionary<long, LogPosition> _byJob = [];
    private readonly List<JobPlace> _applicable = [];
    private readonly List<PendingRecord> _batch = [];
    private readonly List<JobHead> _heads = [];
    private readonly HashSet<long> _waiting = [];
    private int _batchBytes;
    private bool _isSorted = true;

    private LogPosition? _whole;

    private JobStore(SegmentedLog log, string directory) => (_log, _directory) = (log, directory);

    /// <summary>Whether all jobs of the upstream have been read once.</summary>
    public bool IsComplete => _whole is not null;

    /// <summary>Up to which schema version it had all jobs of the upstream when they were read last; 0 when they never were.</summary>
    public long WholeUpTo { get; private set; }

    /// <summary>How many jobs it has.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _byJob.Count;
            }
        }
    }

    /// <summary>The newest schema version that a job in it produced; 0 when it has none.</summary>
    public long NewestVersion { get; private set; }

    /// <summary>Where the store of a data directory is.</summary>
    public static string DirectoryIn(string dataDirectory) => Path.Combine(dataDirectory, "schema");

    /// <summary>Opens the store of a data directory.</summary>
    /// <exception cref="RelayLogException">It is damaged, can't be read, is in use, or belongs to another cluster.</exception>
    public static async Task<JobStore> OpenAsync(string dataDirectory, ulong clusterId, CancellationToken cancellationToken) => await OpenAsync(OptionsOf(dataDirectory, clusterId), cancellationToken);

    /// <summary>As <see cref="OpenAsync(string, ulong, CancellationToken)"/>; one that is damaged is put aside and begun anew: the upstream has the jobs.</summary>
    /// <exception cref="RelayLogException">It can't be read, is in use, or belongs to another cluster.</exception>
    /// <exception cref="SchemaHistoryException">It is damaged, and can't be put aside.</exception>
    public static async Task<JobStore> OpenOrBeginAsync(string dataDirectory, ulong clusterId, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        SegmentedLogOptions options = OptionsOf(dataDirectory, clusterId);
        try
        {
            return await OpenAsync(options, cancellationToken);
        }
        catch (CorruptLogException exception)
        {
            string aside = string.Create(CultureInfo.InvariantCulture, $"{options.Directory}-damaged-{time.GetUtcNow():yyyyMMddHHmmss}");
            try
            {
                Directory.Move(options.Directory, aside);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw new SchemaHistoryException($"The stored schema history in {options.Directory} is damaged ({exception.Message}) and can't be put aside: {failure.Message} Delete the directory; the jobs are read from the upstream again.", innerException: failure);
            }

            LogDamaged(logger, aside, exception.Message);
            return await OpenAsync(options, cancellationToken);
        }
    }

    /// <summary>Whether it has the job.</summary>
    public bool Has(long jobId)
    {
        lock (_lock)
        {
            return _byJob.ContainsKey(jobId);
        }
    }

    /// <summary>Whether it had the job when all jobs of the upstream were read last.</summary>
    public bool HadWhenWhole(long jobId)
    {
        lock (_lock)
        {
            return _whole is { } whole && _byJob.TryGetValue(jobId, out LogPosition position) && position < whole;
        }
    }

    /// <summary>A job's JSON; null when it isn't in the store.</summary>
    /// <exception cref="SchemaHistoryException">The record can't be read.</exception>
    public byte[]? Find(long jobId)
    {
        LogPosition position;
        lock (_lock)
        {
            if (!_byJob.TryGetValue(jobId, out position))
            {
                return null;
            }
        }

        return Read(position);
    }

    /// <summary>Jobs that took effect after one version and up to another, by version. The list does not change.</summary>
    public IReadOnlyList<JobPlace> Applicable(long after, long upTo)
    {
        lock (_lock)
        {
            if (!_isSorted)
            {
                _applicable.Sort((left, right) => left.SchemaVersion.CompareTo(right.SchemaVersion));
                _isSorted = true;
            }

            return [.. _applicable.SkipWhile(job => job.SchemaVersion <= after).TakeWhile(job => job.SchemaVersion <= upTo)];
        }
    }

    /// <summary>The JSON at a place.</summary>
    /// <exception cref="SchemaHistoryException">The record can't be read.</exception>
    public byte[] Read(LogPosition position)
    {
        try
        {
            if (_log.ReadAt(position, out RecordBuffer? record))
            {
                using (record)
                {
                    return record.Payload.ToArray();
                }
            }

            throw Unreadable(position, "the log ends there", null);
        }
        catch (RelayLogException exception)
        {
            // Not to be taken for damage of the relay log by whoever applies.
            throw Unreadable(position, exception.Message.TrimEnd('.'), exception);
        }
    }

    /// <summary>Adds a job, which is durable after <see cref="FlushAsync"/>. One that is there already is passed over.</summary>
    /// <exception cref="RelayLogException">The store can't be written.</exception>
    public async ValueTask AddAsync(JobHead head, ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        if (Has(head.Id) || !_waiting.Add(head.Id))
        {
            return;
        }

        JobRecordKind kind = head.IsApplicable ? JobRecordKind.Applicable : JobRecordKind.Void;
        _batch.Add(new PendingRecord(new RecordTag((ushort)kind, (ulong)head.Id, head.IsApplicable ? (ulong)head.SchemaVersion : 0), json.ToArray()));
        _heads.Add(head);
        _batchBytes += json.Length;
        if (_batchBytes >= BatchBytes)
        {
            await FlushAsync(cancellationToken);
        }
    }

    /// <summary>Makes all added jobs durable, and known to readers.</summary>
    /// <exception cref="RelayLogException">The store can't be written.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_batch.Count == 0)
        {
            return;
        }

        var positions = new LogPosition[_batch.Count];
        try
        {
            await _log.AppendBatchAsync(_batch, positions, cancellationToken);
            lock (_lock)
            {
                for (int index = 0; index < positions.Length; index++)
                {
                    Note(_heads[index], positions[index]);
                }
            }
        }
        finally
        {
            _batch.Clear();
            _heads.Clear();
            _waiting.Clear();
            _batchBytes = 0;
        }
    }

    /// <summary>Notes that all jobs of the upstream are in it.</summary>
    /// <exception cref="RelayLogException">The store can't be written.</exception>
    public async ValueTask MarkWholeAsync(CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        if (!IsComplete || NewestVersion > WholeUpTo)
        {
            long version = NewestVersion;
            NoteWhole(version, await _log.AppendAsync(new RecordTag((ushort)JobRecordKind.Complete, 0, (ulong)version), default, cancellationToken));
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _log.DisposeAsync();

    private static SegmentedLogOptions OptionsOf(string dataDirectory, ulong clusterId) =>
        new() { Directory = DirectoryIn(dataDirectory), Name = "schema history", ClusterId = clusterId, MaxRecordBytes = int.MaxValue };

    private static async Task<JobStore> OpenAsync(SegmentedLogOptions options, CancellationToken cancellationToken)
    {
        SegmentedLog log = await SegmentedLog.OpenAsync(options, cancellationToken);
        try
        {
            var store = new JobStore(log, options.Directory);
            using LogReader reader = log.OpenReader(log.Start);
            while (reader.TryRead(out LogRecord record))
            {
                cancellationToken.ThrowIfCancellationRequested();
                store.Note(record);
            }

            return store;
        }
        catch
        {
            await log.DisposeAsync();
            throw;
        }
    }

    private void Note(in LogRecord record)
    {
        var head = new JobHead((long)record.Tag.StartTs, TiDB.Schema.DdlJobState.Synced, (long)record.Tag.CommitTs);
        switch ((JobRecordKind)record.Tag.Kind)
        {
            case JobRecordKind.Complete:
                NoteWhole((long)record.Tag.CommitTs, record.Position);
                break;
            case JobRecordKind.Applicable or JobRecordKind.Void:
                Note(head, record.Position);
                break;
            default:
                throw new SchemaHistoryException($"The schema history has a record of kind {record.Tag.Kind} at {record.Position}, which this version does not know. Use the version that wrote it, or delete the directory: the jobs are read from the upstream again.");
        }
    }

    private void NoteWhole(long version, LogPosition position)
    {
        lock (_lock)
        {
            WholeUpTo = version;
            _whole = position;
        }
    }

    private SchemaHistoryException Unreadable(LogPosition position, string reason, Exception? cause) => new(
        $"A DDL job of the stored schema history in {_directory} can't be read at {position}: {reason}. Stop the Drainer and delete that directory; the jobs are read from the upstream again.", innerException: cause);

    private void Note(JobHead head, LogPosition position)
    {
        if (!_byJob.TryAdd(head.Id, position) || !head.IsApplicable)
        {
            return;
        }

        _isSorted &= head.SchemaVersion >= NewestVersion;
        NewestVersion = Math.Max(NewestVersion, head.SchemaVersion);
        _applicable.Add(new JobPlace(head.Id, head.SchemaVersion, position));
    }

    [LoggerMessage(Hosting.EventIds.DrainerSchemaStoreDamaged, LogLevel.Warning, "The stored schema history was damaged and is in {Directory} now; the jobs are read from the upstream again. {Reason}")]
    private static partial void LogDamaged(ILogger logger, string directory, string reason);
}
