using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Reading;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Signals;
using Binlog.TiDB.Records;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Storage;

/// <summary>
/// What a Pump keeps: binlogs in arrival order in a durable log, and the committed transactions in commit-TS order in an index
/// that is made from the log at every start. Thread-safe.
/// </summary>
/// <remarks>
/// Data flows one way: a write is appended and flushed (and acknowledged), the sorter reads what is flushed, what it decides
/// goes to the index, and pullers are woken.
/// </remarks>
internal sealed partial class PumpStore : IAsyncDisposable
{
    /// <summary>How many binlogs are sorted before pullers are told.</summary>
    private const int SortBatchSize = 1 << 12;

    private const int RememberedRollbacks = 1 << 16;

    private readonly SegmentedLog _log;
    private readonly CommittedIndex _index = new();
    private readonly CommitSorter _sorter;
    private readonly Lock _sorterLock = new();
    private readonly RolledBackTransactions _rolledBack = new(RememberedRollbacks);
    private readonly AdvanceSignal _advanced = new();
    private readonly List<CommittedTransaction> _emitted = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly ILogger _logger;
    private Task _sorting = Task.CompletedTask;
    private ulong _maxCommitTs;
    private ulong _maxSeenTs;

    private PumpStore(SegmentedLog log, ILogger logger)
    {
        _log = log;
        _logger = logger;
        _sorter = new CommitSorter(transaction => _index.Contains(transaction.CommitTs, transaction.StartTs));
    }

    /// <summary>Everything that this Pump has at or below this commit TS is complete. Only grows.</summary>
    public ulong MaxCommitTs => Volatile.Read(ref _maxCommitTs);

    /// <summary>The greatest commit TS that this Pump has seen in any binlog.</summary>
    public ulong MaxSeenTs => Volatile.Read(ref _maxSeenTs);

    /// <summary>Everything at or below this commit TS may have been removed.</summary>
    public ulong OldestCommitTs => _log.BaseCommitTs;

    /// <summary>Whether nothing was ever written.</summary>
    public bool IsEmpty => _log.LastSequence == 0;

    /// <summary>Why nothing can be written any more, or null. Opening the store again recovers it.</summary>
    public Exception? WritingFault => _log.Fault;

    /// <summary>Why ordering has stopped for good, or null. Writes and pulls of what was ordered before still work.</summary>
    public Exception? SortingFault { get; private set; }

    /// <summary>Opens the store in a directory, recovers its log, and orders what it holds.</summary>
    /// <exception cref="RelayLogException">The log is damaged, in use, or can't be read.</exception>
    public static async Task<PumpStore> OpenAsync(SegmentedLogOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        SegmentedLog log = await SegmentedLog.OpenAsync(options, cancellationToken);
        try
        {
            var store = new PumpStore(log, logger);
            LogReader reader = log.OpenReader(log.Start);
            reader.LongestPayload = 0;
            try
            {
                store.SortAvailable(reader);
            }
            catch (SortOrderException exception)
            {
                store.StopSorting(exception);
            }

            store.LogOpened(log.Recovery.Records, store._index.Count, store._sorter.UndecidedCount, store.MaxCommitTs);
            store._sorting = store.SortAsync(reader);
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
        if (kind == PumpRecordKind.Commit && _rolledBack.Contains(header.StartTs))
        {
            throw new TransactionRolledBackException(header.StartTs);
        }

        if (kind == PumpRecordKind.Commit && header.CommitTs <= MaxCommitTs && !_index.Contains(header.CommitTs, header.StartTs))
        {
            throw new CommitTooLateException(header.StartTs, header.CommitTs, MaxCommitTs);
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
        if (afterCommitTs < OldestCommitTs)
        {
            throw new CommitTsRemovedException(afterCommitTs, OldestCommitTs);
        }

        return new IndexCursor(_index, afterCommitTs);
    }

    /// <summary>Completes when the max commit TS is above <paramref name="commitTs"/>.</summary>
    public async ValueTask WaitForAdvanceAsync(ulong commitTs, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next = _advanced.Next;
            if (MaxCommitTs > commitTs)
            {
                return;
            }

            await next.WaitAsync(cancellationToken);
        }
    }

    /// <summary>What the order waits for, for the status; null when nothing is held back.</summary>
    public Arrival? Blocker
    {
        get
        {
            lock (_sorterLock)
            {
                return _sorter.Blocker;
            }
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _sorting;
        await _log.DisposeAsync();
        _stopping.Dispose();
    }

    private static PumpRecordKind KindOf(in BinlogHeader header) => header.Type switch
    {
        BinlogType.Prewrite => PumpRecordKind.Prewrite,
        BinlogType.Commit => PumpRecordKind.Commit,
        _ => header.IsFake ? PumpRecordKind.Fake : PumpRecordKind.Rollback,
    };

    private async Task SortAsync(LogReader reader)
    {
        using (reader)
        {
            try
            {
                while (SortingFault is null && await reader.WaitForMoreAsync(_stopping.Token))
                {
                    SortAvailable(reader);
                }
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                StopSorting(exception);
            }
        }
    }

    private void StopSorting(Exception exception)
    {
        SortingFault = exception;
        LogSortingStopped(exception, exception.Message);
    }

    private void SortAvailable(LogReader reader)
    {
        bool isMore = true;
        while (isMore)
        {
            lock (_sorterLock)
            {
                try
                {
                    isMore = SortBatch(reader);
                }
                finally
                {
                    Announce();
                }
            }
        }
    }

    /// <summary>Sorts the next binlogs one by one: so the order is a function of the log alone, and is the same after every start.</summary>
    /// <returns>False when nothing is left.</returns>
    private bool SortBatch(LogReader reader)
    {
        for (int count = 0; count < SortBatchSize; count++)
        {
            if (!reader.TryRead(out LogRecord record))
            {
                return false;
            }

            string? irregularity = _sorter.Add(new Arrival((PumpRecordKind)record.Tag.Kind, record.Tag.StartTs, record.Tag.CommitTs, record.Position));
            if (irregularity is not null)
            {
                LogIrregularity(irregularity);
            }

            if (record.Tag.Kind == (ushort)PumpRecordKind.Rollback && _sorter.IsRolledBack(record.Tag.StartTs))
            {
                _rolledBack.Add(record.Tag.StartTs);
            }

            _emitted.Clear();
            _sorter.Advance(_emitted);
            _index.Append(_emitted);
        }

        return true;
    }

    private void Announce()
    {
        Volatile.Write(ref _maxSeenTs, _sorter.MaxSeenTs);
        if (_sorter.MaxCommitTs > _maxCommitTs)
        {
            Volatile.Write(ref _maxCommitTs, _sorter.MaxCommitTs);
            _advanced.Pulse();
        }
    }

    [LoggerMessage(EventIds.PumpStoreOpened, LogLevel.Information, "Opened the Pump's store: {Records} binlogs, {Transactions} committed transactions, {Undecided} undecided, max commit TS {MaxCommitTs}.")]
    private partial void LogOpened(ulong records, long transactions, int undecided, ulong maxCommitTs);

    [LoggerMessage(EventIds.PumpIrregularBinlog, LogLevel.Warning, "{Irregularity}")]
    private partial void LogIrregularity(string irregularity);

    [LoggerMessage(EventIds.PumpSortingStopped, LogLevel.Error, "The Pump has stopped ordering binlogs: {Reason}")]
    private partial void LogSortingStopped(Exception exception, string reason);
}
