using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage.Checkpointing;
using Binlog.Service.Signals;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Storage;

/// <summary>Reads what is flushed of the log, sorts it, appends to the index, and writes checkpoints. One task sorts; the rest is thread-safe.</summary>
internal sealed partial class LogSorter(
    CommitSorter sorter, CommittedIndex index, Checkpointer checkpointer, LogReader reader, TimeProvider time, ILogger logger)
{
    /// <summary>How many binlogs are sorted before pullers are told, and how many transactions may come out at once.</summary>
    private const int BatchSize = 1 << 12;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time = time;
    private readonly AdvanceSignal _snapshotSorted = new();
    private readonly List<CommittedTransaction> _emitted = [];
    private LogRecord? _unsorted;
    private bool _hasMore;
    private bool _checkpointFailed;
    private LogPosition _lastSnapshot;
    private LogPosition _sortedEnd;
    private ulong _inIndexUpTo;
    private volatile Exception? _readFailure;

    /// <summary>How far the order is.</summary>
    public OrderProgress Progress { get; } = new(time);

    /// <summary>Why ordering has stopped for good, or null.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>Why ordering has stopped, or doesn't go on at present because the log can't be read; null when all is well.</summary>
    public Exception? Problem => Fault ?? _readFailure;

    /// <summary>Called when ordering has stopped for a reason that opening the store again may remove.</summary>
    public Action<Exception>? OnFault { get; set; }

    /// <summary>The position of the last record that the checkpoint on disk knows; null when there is none.</summary>
    public LogPosition? Checkpointed => checkpointer.Written;

    /// <summary>End of the last record that was sorted.</summary>
    public LogPosition SortedEnd
    {
        get
        {
            lock (_gate)
            {
                return _sortedEnd;
            }
        }
    }

    /// <summary>Whether everything up to a place has been sorted, and nothing of it is still coming out.</summary>
    public bool IsAtRestAt(LogPosition end)
    {
        lock (_gate)
        {
            return _sortedEnd >= end && !_hasMore;
        }
    }

    /// <summary>Whether nothing of what has been sorted is still coming out: the max commit TS is no intermediate one.</summary>
    public bool IsAtRest
    {
        get
        {
            lock (_gate)
            {
                return !_hasMore;
            }
        }
    }

    /// <summary>Number of prewrites whose outcome is not known yet.</summary>
    public int UndecidedCount => Look(state => state.UndecidedCount);

    /// <summary>Looks at the sorter between two binlogs.</summary>
    public T Look<T>(Func<CommitSorter, T> look)
    {
        lock (_gate)
        {
            return look(sorter);
        }
    }

    /// <summary>What the order stands at, for a removal up to a commit TS.</summary>
    public OrderSnapshot TakeSnapshot(ulong limit) => Look(state =>
        new OrderSnapshot(limit, state.MaxCommitTs, _sortedEnd, [.. state.Order.InOrder().Select(prewrite => prewrite.StartTs)]));

    /// <summary>Sorts everything that is flushed. Before <see cref="RunAsync"/>.</summary>
    /// <exception cref="RelayLogException">The log is damaged.</exception>
    /// <exception cref="Indexing.IndexDamagedException">The index is damaged.</exception>
    public void SortAvailable(CancellationToken cancellationToken)
    {
        _sortedEnd = reader.Position;
        _inIndexUpTo = sorter.MaxCommitTs;
        try
        {
            SortFlushed(cancellationToken);
        }
        catch (StoreFormatException exception)
        {
            Stop(exception);
        }
    }

    /// <summary>Completes when a retention record has been sorted and a checkpoint after it attempted.</summary>
    /// <exception cref="RemovalRefusedException">Ordering has stopped.</exception>
    public async Task WaitForSnapshotAsync(LogPosition position, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next = _snapshotSorted.Next;
            lock (_gate)
            {
                if (_lastSnapshot >= position)
                {
                    return;
                }
            }

            if (Fault is { } fault)
            {
                throw new RemovalRefusedException($"ordering has stopped ({fault.Message})");
            }

            await next.WaitAsync(cancellationToken);
        }
    }

    private void SortFlushed(CancellationToken cancellationToken)
    {
        bool isMore = true;
        while (isMore)
        {
            cancellationToken.ThrowIfCancellationRequested();
            LogPosition snapshot;
            lock (_gate)
            {
                try
                {
                    isMore = SortBatch(out snapshot);
                }
                finally
                {
                    Progress.Announce(sorter, _inIndexUpTo);
                }
            }

            if (checkpointer.IsDue || snapshot != default)
            {
                TryCheckpoint();
            }

            if (snapshot != default)
            {
                lock (_gate)
                {
                    _lastSnapshot = snapshot;
                }

                _snapshotSorted.Pulse();
            }
        }
    }

    /// <summary>Sorts the next binlogs one by one: so the order is a function of the log alone, and is the same after every start.</summary>
    /// <param name="snapshot">The position of a retention record that was sorted last; a batch ends after one.</param>
    /// <returns>False when nothing is left.</returns>
    private bool SortBatch(out LogPosition snapshot)
    {
        snapshot = default;
        for (int count = 0; count < BatchSize && (snapshot == default || _hasMore); count++)
        {
            if (!_hasMore)
            {
                if (_unsorted is not { } record && !reader.TryRead(out record))
                {
                    return false;
                }

                _unsorted = record;
                Sort(record);
                _unsorted = null;
                snapshot = record.Tag.Kind == (ushort)PumpRecordKind.Retention ? record.Position : default;
            }

            Emit();
            count += _emitted.Count;
        }

        return true;
    }

    private void Emit()
    {
        _emitted.Clear();
        _hasMore = sorter.Advance(_emitted, BatchSize);
        foreach (CommittedTransaction transaction in _emitted)
        {
            index.Append(transaction);
        }

        // The sorter is there already when an append fails, and whoever is told of it would miss what the index lacks.
        _inIndexUpTo = sorter.MaxCommitTs;
    }

    /// <summary>Sorts a record, or throws and has changed nothing when the index can't be read: then it is tried again.</summary>
    private void Sort(in LogRecord record)
    {
        var kind = (PumpRecordKind)record.Tag.Kind;
        string? irregularity = null;
        switch (kind)
        {
            case PumpRecordKind.Prewrite or PumpRecordKind.Commit or PumpRecordKind.Rollback or PumpRecordKind.Fake:
                irregularity = sorter.Add(new Arrival(kind, record.Tag.StartTs, record.Tag.CommitTs, record.Position));
                break;
            case PumpRecordKind.Retention:
                irregularity = sorter.Add(RetentionPayload.Read(record.Payload.Span, record.Position));
                break;
            case PumpRecordKind.Note:
                break;
            default:
                throw new StoreFormatException(record.Position, $"a record of kind {record.Tag.Kind}");
        }

        checkpointer.Count(record);
        _sortedEnd = record.End;
        if (irregularity is not null)
        {
            LogIrregularity(irregularity);
        }
    }

    private void TryCheckpoint()
    {
        if (_hasMore || Fault is not null)
        {
            return;
        }

        Exception? failure = checkpointer.TryWrite();
        if (failure is not null && !_checkpointFailed)
        {
            LogCheckpointFailed(failure, failure.Message);
        }

        _checkpointFailed = failure is not null;
    }
}
