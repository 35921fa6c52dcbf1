using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Debugging;
using Binlog.Service.Pump.Reading;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage.Checkpointing;
using Binlog.TiDB.Records;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Storage;

/// <summary>
/// What a Pump keeps: binlogs in arrival order in a durable log, and the committed transactions in commit-TS order in an index
/// on disk that is a cache of the log. Thread-safe.
/// </summary>
/// <remarks>
/// Data flows one way: a write is appended and flushed (and acknowledged), the sorter reads what is flushed, what it decides
/// goes to the index, and pullers are woken. See docs/decisions/0020-the-pumps-index-is-a-cache.md.
/// </remarks>
internal sealed partial class PumpStore : IStoredBinlogs, IAsyncDisposable
{
    private readonly SegmentedLog _log;
    private readonly StoreParts _parts;
    private readonly CommittedIndex _index;
    private readonly LogSorter _sorting;
    private readonly StoreRemover _remover;
    private readonly StoreInquiry _inquiry;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger _logger;
    private Task _sortingTask = Task.CompletedTask;
    private long _lostBinlogs;

    private PumpStore(SegmentedLog log, StoreParts parts, ILogger logger)
    {
        _log = log;
        _parts = parts;
        _index = parts.Index;
        _sorting = parts.Sorting;
        _remover = new StoreRemover(log, parts.Index, parts.Sorting, logger);
        _inquiry = new StoreInquiry(parts);
        _logger = logger;
    }

    /// <summary>Everything that this Pump has at or below this commit TS is complete. Only grows.</summary>
    public ulong MaxCommitTs => _sorting.Progress.MaxCommitTs;

    /// <summary>The greatest commit TS that this Pump has seen in any binlog.</summary>
    public ulong MaxSeenTs => _sorting.Progress.MaxSeenTs;

    /// <summary>Everything at or below this commit TS may have been removed; pulls from below it are refused. 0 when nothing was removed.</summary>
    public ulong OldestCommitTs => _index.RemovedUpTo;

    /// <summary>Bytes on disk, of log and index.</summary>
    public long Bytes => _log.Bytes + _index.Bytes;

    /// <summary>Number of committed transactions that can be pulled.</summary>
    public long Transactions => _index.Count;

    /// <summary>Number of records that are no longer there, since the store was created.</summary>
    public ulong RemovedRecords => _log.Segments[0].FirstSequence - 1;

    /// <summary>Number of binlogs that Drainers miss: taken out by repairs, and commits without prewrite that were given up since the start.</summary>
    public long LostBinlogs => Interlocked.Read(ref _lostBinlogs);

    /// <summary>Whether nothing was ever written.</summary>
    public bool IsEmpty => _log.LastSequence == 0;

    /// <summary>Whether everything that is flushed has been sorted.</summary>
    public bool IsSorted => _sorting.IsAtRestAt(_log.FlushedEnd);

    /// <inheritdoc cref="LogSorter.IsAtRest"/>
    public bool IsAtRest => _sorting.IsAtRest;

    /// <summary>Why nothing can be written any more, or null. Opening the store again recovers it.</summary>
    public Exception? WritingFault => _log.Fault;

    /// <summary>Why ordering has stopped for good, or null. Writes and pulls of what was ordered before still work.</summary>
    public Exception? SortingFault => _sorting.Fault;

    /// <summary>The same, or why ordering waits because the log can't be read; null when all is well.</summary>
    public Exception? SortingProblem => _sorting.Problem;

    /// <summary>What the order waits for at its head, and since when; null when nothing is held back.</summary>
    public HeldOrder? Held => _sorting.Progress.Held;

    /// <summary>Fails, with an error for the user, when the store can't go on and must be opened again. Never completes otherwise.</summary>
    public Task Failure => _parts.Failure;

    /// <summary>Opens the store in a directory, recovers its log, and orders what it holds.</summary>
    /// <exception cref="RelayLogException">The log is damaged, ends before what had been acknowledged, is in use, or can't be read.</exception>
    public static Task<PumpStore> OpenAsync(SegmentedLogOptions options, ILogger logger, CancellationToken cancellationToken) =>
        OpenAsync(new PumpStoreOptions(options), logger, cancellationToken);

    /// <inheritdoc cref="OpenAsync(SegmentedLogOptions, ILogger, CancellationToken)"/>
    public static async Task<PumpStore> OpenAsync(PumpStoreOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        KnownEnd? knownEnd = CheckpointEnd.TryRead(options.Log.FileSystem, options.IndexDirectory);
        SegmentedLog log = await SegmentedLog.OpenAsync(options.Log with { PassGaps = true, KnownEnd = knownEnd }, cancellationToken);
        try
        {
            StoreParts parts = new StoreOpening(log, options, logger).Run(cancellationToken);
            var store = new PumpStore(log, parts, logger);
            store.ReportCut();
            store.ReportLosses();
            store.LogOpened(log.Recovery.Records, store.Transactions, store._sorting.UndecidedCount, store.MaxCommitTs);
            store._sortingTask = store._sorting.RunAsync(store._stopping.Token);
            return store;
        }
        catch
        {
            await log.DisposeAsync();
            throw;
        }
    }

    /// <summary>Appends a binlog and returns when it is flushed.</summary>
    /// <exception cref="RelayLogException">It could not be made durable.</exception>
    /// <exception cref="PumpStoreException">It contradicts what this Pump has stored or announced.</exception>
    public async ValueTask WriteAsync(BinlogHeader header, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        PumpRecordKind kind = KindOf(header);
        if (kind == PumpRecordKind.Commit)
        {
            CheckCommit(header.StartTs, header.CommitTs);
        }

        // A repeated commit is stored too: its prewrite may have been repeated before it, and waits for an outcome again.
        ulong commitTs = kind is PumpRecordKind.Commit or PumpRecordKind.Fake ? header.CommitTs : 0;
        await _log.AppendAsync(new RecordTag((ushort)kind, header.StartTs, commitTs), payload, cancellationToken);
    }

    /// <summary>Starts reading committed transactions above a commit TS.</summary>
    /// <exception cref="CommitTsRemovedException">Transactions above it have been removed by retention.</exception>
    public PullCursor OpenCursor(ulong afterCommitTs) => new(this, _log, OpenIndexCursor(afterCommitTs));

    /// <summary>Starts walking the index above a commit TS.</summary>
    /// <exception cref="CommitTsRemovedException">Transactions above it have been removed by retention.</exception>
    public IndexCursor OpenIndexCursor(ulong afterCommitTs)
    {
        IndexCursor cursor = _index.OpenCursor(afterCommitTs);
        return afterCommitTs >= OldestCommitTs ? cursor : throw new CommitTsRemovedException(afterCommitTs, OldestCommitTs);
    }

    /// <summary>Completes when the max commit TS is above <paramref name="commitTs"/>.</summary>
    public ValueTask WaitForAdvanceAsync(ulong commitTs, CancellationToken cancellationToken) => _sorting.Progress.WaitForAdvanceAsync(commitTs, cancellationToken);

    /// <summary>Removes whole segments, and what of the index is about them, that nothing above a commit TS needs.</summary>
    /// <exception cref="PumpStoreException">Nothing can be removed now.</exception>
    /// <exception cref="RelayLogException">The log refused.</exception>
    public Task<StoreRemoval> RemoveUpToAsync(ulong commitTs, CancellationToken cancellationToken) => _remover.RemoveUpToAsync(commitTs, cancellationToken);

    /// <summary>The commit TS up to which must be removed so that about <paramref name="keepBytes"/> remain; null when nothing needs to go.</summary>
    public ulong? FindCommitTsForBytes(long keepBytes) => _remover.FindCommitTsForBytes(keepBytes);

    /// <summary>The undecided transactions in order of arrival, the oldest first.</summary>
    public IReadOnlyList<UndecidedTransaction> ListUndecided(int limit) => _inquiry.ListUndecided(limit);

    /// <summary>What the store has of a transaction, by its start TS or its commit TS; null when it has nothing.</summary>
    public StoredBinlog? Find(ulong ts) => _inquiry.Find(ts);

    /// <summary>Finds a stored binlog, to be read in pieces: it may be as long as the largest message.</summary>
    /// <exception cref="RelayLogException">There is none, or its header is damaged, or it was removed.</exception>
    public LargeRecord Open(LogPosition position) => _log.FindAt(position)
        ?? throw new InvalidOperationException($"The record at {position} is in the index, but not flushed.");

    /// <summary>What the order waits for, for the status; null when nothing is held back.</summary>
    public Arrival? Blocker => _sorting.Look(sorter => sorter.Blocker);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _sortingTask;
        _parts.Dispose();
        await _log.DisposeAsync();
        _remover.Dispose();
        _stopping.Dispose();
    }

    private static PumpRecordKind KindOf(in BinlogHeader header) => header.Type switch
    {
        BinlogType.Prewrite => PumpRecordKind.Prewrite,
        BinlogType.Commit => PumpRecordKind.Commit,
        _ => header.IsFake ? PumpRecordKind.Fake : PumpRecordKind.Rollback,
    };

    private void CheckCommit(ulong startTs, ulong commitTs)
    {
        if (_parts.RolledBack.Contains(startTs))
        {
            throw new TransactionRolledBackException(startTs);
        }

        if (FindOwner(commitTs) is { } owner && owner != startTs)
        {
            throw new CommitTsTakenException(startTs, commitTs, owner);
        }

        if (commitTs <= MaxCommitTs && !_index.Contains(commitTs, startTs))
        {
            if (commitTs > OldestCommitTs)
            {
                throw new CommitTooLateException(startTs, commitTs, MaxCommitTs);
            }

            LogRepeatedRemoved(startTs, commitTs);
        }
    }

    private void ReportCut()
    {
        if (_log.Recovery.TornTail is { } torn)
        {
            LogCut(torn.BytesCut, torn.Offset, torn.Path);
        }
    }

    /// <summary>The start TS of the transaction that has a commit TS, whether the order has reached it or not; null when none has.</summary>
    private ulong? FindOwner(ulong commitTs)
    {
        // The sorter first: what it hands on meanwhile is found in the index.
        ulong waiting = 0;
        if (_parts.Waiting.MayHave(commitTs) && _sorting.Look(sorter => sorter.TryFindWaiting(commitTs, out waiting)))
        {
            return waiting;
        }

        return commitTs <= MaxCommitTs && _index.TryFind(commitTs, out PackedTransaction found) ? found.StartTs : null;
    }

    private void ReportLosses()
    {
        if (_remover.FindMissingSegment() is { } missing)
        {
            LogSegmentsMissing(missing, _log.Segments[0].Path);
        }

        foreach (SegmentInfo segment in _log.Segments.Where(segment => segment.Gaps > 0))
        {
            _lostBinlogs += (long)segment.LostRecords;
            LogGap(segment.LostRecords, segment.Path);
        }
    }

    [LoggerMessage(EventIds.PumpStoreCut, LogLevel.Information, "The Pump's log wasn't closed cleanly: {Bytes} bytes from byte {Offset} of {Path} on were cut. They are of an append that never finished, so nothing in them was acknowledged.")]
    private partial void LogCut(long bytes, long offset, string path);

    [LoggerMessage(EventIds.PumpStoreGap, LogLevel.Warning, "A repair took {Lost} binlogs or more out of {Path}: Drainers that had not pulled them miss them. See repairs.jsonl beside it.")]
    private partial void LogGap(ulong lost, string path);

    [LoggerMessage(EventIds.PumpSegmentsMissing, LogLevel.Error, "Segments from {Missing} on, which Drainers may still need, are not there, and this Pump has not removed them: {First} is the first one. Put the files back while the Pump is stopped. Without them, pulls of what they had fail, and a Drainer that needs it must be loaded anew.")]
    private partial void LogSegmentsMissing(ulong missing, string first);

    [LoggerMessage(EventIds.PumpStoreOpened, LogLevel.Information, "Opened the Pump's store: {Records} binlogs, {Transactions} committed transactions, {Undecided} undecided, max commit TS {MaxCommitTs}.")]
    private partial void LogOpened(ulong records, long transactions, int undecided, ulong maxCommitTs);

    [LoggerMessage(EventIds.PumpRepeatedRemoved, LogLevel.Warning, "The commit of start TS {StartTs} at {CommitTs} lies where binlogs have been removed; it is taken for a repetition of one of them.")]
    private partial void LogRepeatedRemoved(ulong startTs, ulong commitTs);
}
