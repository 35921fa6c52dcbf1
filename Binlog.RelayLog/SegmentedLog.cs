using System.Diagnostics.CodeAnalysis;
using Binlog.RelayLog.Committing;
using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Reading;
using Binlog.RelayLog.Recovery;

namespace Binlog.RelayLog;

/// <summary>
/// A durable append log in segment files. Many appenders share one flush; readers see flushed records only. All members are thread-safe.
/// Format: docs/formats/relay-log.md.
/// </summary>
/// <remarks>
/// After a failed write or flush nothing is retried on the same file. A full disk fails the appends of that moment with
/// <see cref="DiskFullException"/>, a payload whose pieces can't be read with <see cref="PayloadSourceException"/>, and the next append goes to a new segment; any other failure ends the log for good
/// (<see cref="LogFaultedException"/>), and opening it again recovers everything acknowledged.
/// </remarks>
public sealed class SegmentedLog : IAsyncDisposable
{
    private readonly SegmentedLogOptions _options;
    private readonly IDisposable _lock;
    private readonly LogState _state;
    private readonly LogWriter _writer;
    private readonly CommitQueue _queue;
    private readonly AppendRequestPool _requests = new();
    private readonly RecordFetcher _fetcher;
    private readonly LogTail? _tail;
    private readonly WindowBudget _windows;
    private readonly SemaphoreSlim _retention = new(1, 1);
    private readonly Guid _logId;
    private int _disposed;

    private SegmentedLog(SegmentedLogOptions options, IDisposable fileLock, RecoveredLog recovered)
    {
        _options = options;
        _lock = fileLock;
        _state = new LogState(options, recovered.Segments);
        _tail = options.TailBytes > 0 ? new LogTail(options.TailBytes) : null;
        _windows = new WindowBudget(options.ReadAheadBytes);
        _writer = new LogWriter(_state, recovered.Segments[^1], recovered.File, recovered.End, _tail);
        _queue = new CommitQueue(_writer, options);
        _fetcher = new RecordFetcher(_state);
        _logId = recovered.Segments[0].Header.LogId;
        Recovery = recovered.Report;
    }

    /// <summary>Random identity of the log, given when it was begun.</summary>
    public Guid LogId => _logId;

    /// <summary>What opening the log found.</summary>
    public RecoveryReport Recovery { get; }

    /// <summary>End of the last flushed record: where the next one will begin, unless it begins a new segment.</summary>
    public LogPosition FlushedEnd => _state.FlushedEnd;

    /// <summary>Where the first record still kept begins, or will.</summary>
    public LogPosition Start => _state.Start;

    /// <summary>Every record with a commit TS up to this one may have been removed by retention; 0 as long as none has been.</summary>
    public ulong BaseCommitTs => _state.BaseCommitTs;

    /// <summary>Highest commit TS flushed so far.</summary>
    public ulong HighestCommitTs => _writer.HighestCommitTs;

    /// <summary>Sequence number of the last flushed record; 0 when there is none.</summary>
    public ulong LastSequence => _writer.LastSequence;

    /// <summary>The segments at this moment, oldest first; never empty.</summary>
    public IReadOnlyList<SegmentInfo> Segments => _state.Describe();

    /// <summary>Valid bytes in all segments, headers included.</summary>
    public long Bytes => _state.Bytes;

    /// <summary>Number of segment files that positioned reads keep open; at most <see cref="SegmentedLogOptions.MaxOpenSegments"/>.</summary>
    public int OpenFiles => _fetcher.OpenFiles;

    /// <summary>True after a write or flush failed for another reason than a full disk.</summary>
    public bool IsFaulted => Fault is not null;

    /// <summary>The failure, or null.</summary>
    public Exception? Fault => _state.Fault;

    /// <summary>Opens the log in a directory for appends and reads, recovers it, or begins a new one.</summary>
    /// <exception cref="LogLockedException">Another instance has it open.</exception>
    /// <exception cref="CorruptLogException">Acknowledged data is damaged or missing.</exception>
    /// <exception cref="LogFormatException">The files are of another cluster, another log or a newer version.</exception>
    /// <exception cref="DiskFullException">There is no space for what recovery must write.</exception>
    /// <exception cref="LogReadException">The operating system failed to read.</exception>
    /// <exception cref="LogFaultedException">The operating system failed to write.</exception>
    public static async Task<SegmentedLog> OpenAsync(SegmentedLogOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            options.FileSystem.CreateDirectory(options.Directory);
            IDisposable fileLock = TakeLock(options);
            try
            {
                return new SegmentedLog(options, fileLock, LogRecovery.Run(options, cancellationToken));
            }
            catch
            {
                fileLock.Dispose();
                throw;
            }
        }
        catch (IOException e) when (DiskFull.Is(e))
        {
            throw new DiskFullException(options.Name, options.Directory, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogFaultedException(options.Name, options.Directory, e);
        }
    }

    /// <summary>Appends one record; completes when it is flushed.</summary>
    /// <param name="tag">Stored with the record.</param>
    /// <param name="payload">The record's bytes, which may be empty; must not change until the append has completed.</param>
    /// <param name="cancellationToken">Heeded only while the append waits for room; once queued, it runs to its end.</param>
    /// <returns>Where the record begins.</returns>
    /// <remarks>
    /// When the log is idle the calling thread writes and flushes itself, so that a lone appender pays no thread switch. To have many
    /// records of one thread flushed together, use <see cref="AppendBatchAsync(IReadOnlyList{PendingRecord}, CancellationToken)"/>.
    /// </remarks>
    /// <exception cref="RecordTooLargeException">The payload is larger than the limit.</exception>
    /// <exception cref="DiskFullException">Not appended; works again when there is space.</exception>
    /// <exception cref="LogFaultedException">The log has failed for good; it is known only after reopening whether the record was kept.</exception>
    public ValueTask<LogPosition> AppendAsync(RecordTag tag, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<LogPosition>(cancellationToken);
        }

        CheckSize(payload.Length);
        AppendRequest request = _requests.Rent();
        request.Prepare(tag, payload);
        return _queue.Append(request, cancellationToken);
    }

    /// <inheritdoc cref="AppendBatchAsync(IReadOnlyList{PendingRecord}, Memory{LogPosition}, CancellationToken)"/>
    public ValueTask<LogPosition> AppendBatchAsync(IReadOnlyList<PendingRecord> records, CancellationToken cancellationToken) =>
        AppendBatchAsync(records, default, cancellationToken);

    /// <summary>Appends records in order, next to each other in one segment, with one flush; completes when all are flushed.</summary>
    /// <param name="records">At least one. Their payloads must not change until the append has completed.</param>
    /// <param name="positions">Receives each record's position, as many as fit; valid once the append has completed.</param>
    /// <param name="cancellationToken">Heeded only while the append waits for room.</param>
    /// <returns>Where the last record begins.</returns>
    /// <remarks>An append that fails leaves none of the records. A crash before the acknowledgement may leave the first few of them.</remarks>
    /// <exception cref="RecordTooLargeException">A payload is larger than the limit; nothing was appended.</exception>
    /// <exception cref="PayloadSourceException">A payload that comes in pieces could not be read, or has changed. Nothing was appended; works again.</exception>
    /// <exception cref="DiskFullException">Not appended; works again when there is space.</exception>
    /// <exception cref="LogFaultedException">The log has failed for good; it is known only after reopening what was kept.</exception>
    public ValueTask<LogPosition> AppendBatchAsync(
        IReadOnlyList<PendingRecord> records, Memory<LogPosition> positions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentOutOfRangeException.ThrowIfZero(records.Count, nameof(records));
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<LogPosition>(cancellationToken);
        }

        for (int i = 0; i < records.Count; i++)
        {
            CheckSize(records[i].Length);
        }

        AppendRequest request = _requests.Rent();
        request.Prepare(records, positions);
        return _queue.Append(request, cancellationToken);
    }

    /// <summary>Opens a reader at a record boundary: a record's position or end, a segment's start, or <c>default</c> for the log's start.</summary>
    /// <exception cref="RetentionGapException">Retention removed that position.</exception>
    /// <exception cref="PositionNotFoundException">The log ends before it.</exception>
    public LogReader OpenReader(LogPosition from)
    {
        SegmentLimit limit = _state.Locate(from);
        return new LogReader(_state, _fetcher, limit.Segment, limit.Segment.Number == from.Segment ? from.Offset : SegmentHeader.Size);
    }

    /// <summary>Opens a reader at a place before which no record has a commit TS above <paramref name="commitTs"/>. Records up to it may still follow: skip them.</summary>
    /// <remarks>The reader passes gaps of repairs that lost nothing above <paramref name="commitTs"/>.</remarks>
    /// <exception cref="RetentionGapException">Records above <paramref name="commitTs"/> may have been removed.</exception>
    public LogReader OpenReaderAtCommitTs(ulong commitTs) => new(_state, _fetcher, _state.LocateCommitTs(commitTs), SegmentHeader.Size, commitTs);

    /// <summary>Reads one record by its position; false when the position is the flushed end. Dispose the buffer.</summary>
    /// <exception cref="CorruptLogException">No intact record begins there.</exception>
    /// <exception cref="RetentionGapException">Retention removed it.</exception>
    /// <exception cref="PositionNotFoundException">The log ends before it.</exception>
    /// <exception cref="LogReadException">The operating system failed to read; the call may be repeated.</exception>
    public bool ReadAt(LogPosition position, [NotNullWhen(true)] out RecordBuffer? record)
    {
        record = _fetcher.Fetch(position);
        return record is not null;
    }

    /// <summary>Finds a record by its position and reads only its header; null when the position is the flushed end.</summary>
    /// <exception cref="CorruptLogException">No intact header of a record begins there.</exception>
    /// <exception cref="RetentionGapException">Retention removed it.</exception>
    /// <exception cref="PositionNotFoundException">The log ends before it.</exception>
    /// <exception cref="LogReadException">The operating system failed to read; the call may be repeated.</exception>
    public LargeRecord? FindAt(LogPosition position) => _fetcher.Find(position);

    /// <summary>Opens a window for a reader that goes through many positions, forward on the whole. Dispose it.</summary>
    public RecordWindow OpenWindow() => new(_state, _fetcher, _tail, _windows);

    /// <summary>Removes the segments that the policy lets go, oldest first. A crash in between leaves a valid log; the pass can be repeated.</summary>
    /// <exception cref="RelayLogException">A file couldn't be removed; the segments before it are gone, it and the later ones are kept.</exception>
    public async Task<RetentionResult> ApplyRetentionAsync(RetentionPolicy policy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(policy);
        await _retention.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
            return SegmentRemoval.Run(_state, policy, cancellationToken);
        }
        finally
        {
            _retention.Release();
        }
    }

    /// <summary>Refuses further appends, finishes the queued ones, and closes the files. Readers can still read what is flushed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _queue.DisposeAsync().ConfigureAwait(false);
        await _retention.WaitAsync().ConfigureAwait(false);
        LogPosition end = _writer.FlushedEnd;
        _writer.Dispose();
        if (!IsFaulted)
        {
            CloseMarkFile.TryWrite(_options, new CloseMark(_logId, end.Segment, end.Offset));
        }

        _state.Close();
        _lock.Dispose();
        _retention.Release();
    }

    private static IDisposable TakeLock(SegmentedLogOptions options)
    {
        string path = Path.Combine(options.Directory, SegmentName.Lock);
        try
        {
            return options.FileSystem.Lock(path);
        }
        catch (IOException e) when (!DiskFull.Is(e))
        {
            throw new LogLockedException(options.Name, options.Directory, options.FileSystem.DescribeLockOwner(path), e);
        }
    }

    private void CheckSize(int length)
    {
        if (length > _options.MaxRecordBytes)
        {
            throw new RecordTooLargeException(_options.Name, length, _options.MaxRecordBytes);
        }
    }
}
