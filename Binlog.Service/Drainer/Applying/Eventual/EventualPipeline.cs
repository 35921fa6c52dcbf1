using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;
using Binlog.Service.Drainer.Measuring;

namespace Binlog.Service.Drainer.Applying.Eventual;

/// <summary>
/// Spreads the rows of groups over workers, each of which commits its part as soon as it can; the checkpoint follows. A reader of the target sees parts of transactions, and
/// after a crash there may be parts of groups beyond the checkpoint, up to the commit TS that the target reports as <see cref="ITarget.PartsUpTo"/>.
/// </summary>
/// <remarks>
/// <para>Rows that share a key stay in order because they have the same worker (<see cref="GroupDivider"/>). Rows that can't be told apart are applied with the checkpoint, once.
/// A small group that comes while nothing is under way, and has taken all that there was, is one transaction with the checkpoint: it takes one commit instead of three.</para>
/// <para>One caller. After a failure nothing more is begun; what was handed out may be committed still.</para>
/// </remarks>
internal sealed class EventualPipeline : IApplyPipeline
{
    /// <summary>Rows up to which a group isn't divided while nothing else is under way and nothing waits behind it.</summary>
    private const int FewRows = 100;

    private readonly ITarget _target;
    private readonly int _mostWorkers;
    private readonly ApplyLimits _limits;
    private readonly AppliedRows _counts;
    private readonly TimeProvider _time;
    private readonly BatchCondenser _condenser = new();
    private readonly GroupDivider _divider = new();
    private readonly Queue<DividedGroup> _active = new();
    private readonly Stack<ApplyGroup> _groups = new();
    private readonly List<PartWorker> _workers = [];
    private readonly List<Task> _running = [];
    private readonly CheckpointMover _mover;
    private readonly CancellationTokenSource _stopping;
    private readonly TaskCompletionSource _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DividedGroup? _last;
    private ulong _sequence;
    private bool _hasOpened;
    private bool _isDisposed;

    /// <summary>Begins with a target that has a checkpoint and takes parts, and holds nothing beyond the checkpoint.</summary>
    /// <param name="target">The target, open.</param>
    /// <param name="limits">How many workers, and how many rows they apply at a time.</param>
    /// <param name="applied">Called for each group once it is durable and the checkpoint past it, in order, and awaited before the checkpoint moves on.</param>
    /// <param name="counts">Where transactions that are executed anew are counted.</param>
    /// <param name="timings">Where durations are noted; null: nowhere.</param>
    /// <param name="time">Clock.</param>
    /// <param name="cancellationToken">Stops everything at once, as a failure does.</param>
    public EventualPipeline(ITarget target, ApplyLimits limits, Func<ApplyGroup, RowCounts, ValueTask> applied, AppliedRows counts, ApplyTimings? timings, TimeProvider time, CancellationToken cancellationToken)
    {
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _target = target;
        _mostWorkers = Math.Min(limits.Workers, target.MaxWorkers);
        _limits = limits;
        _counts = counts;
        _time = time;
        Timings = timings;
        _mover = new CheckpointMover(new KeptWorker(target, time), applied, counts, time) { Timings = timings };
        Start(_mover.RunAsync);
    }

    /// <inheritdoc/>
    public Task Failure => _failure.Task;

    /// <inheritdoc/>
    public bool HasRoom
    {
        get
        {
            while (_active.TryPeek(out DividedGroup? oldest) && oldest.Completed.IsCompleted)
            {
                oldest.Group.Clear();
                _groups.Push(_active.Dequeue().Group);
            }

            return _active.Count == 0 || (_active.Count < _mostWorkers + 2 && !_last!.IsAlone);
        }
    }

    private ApplyTimings? Timings { get; }

    /// <inheritdoc/>
    public async Task WaitForRoomAsync()
    {
        if (!HasRoom)
        {
            await WaitForOldestAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ApplyGroup> SubmitAsync(ApplyGroup group, CancellationToken cancellationToken)
    {
        while (!HasRoom)
        {
            await WaitForOldestAsync();
        }

        long began = _time.GetTimestamp();
        RowCounts rows = RowCounts.Of(group.Batch.Rows);
        _condenser.Condense(group.Batch, group.Repetition);
        var divided = new DividedGroup(group, ++_sequence, rows, began);
        List<Part> parts = await DivideAsync(divided, cancellationToken);
        _active.Enqueue(divided);
        _last = divided;
        _mover.Give(divided);
        for (int worker = 0; worker < parts.Count; worker++)
        {
            if (parts[worker].Count > 0)
            {
                _workers[worker].Give(parts[worker]);
            }
        }

        return _groups.TryPop(out ApplyGroup? empty) ? empty : new ApplyGroup();
    }

    /// <inheritdoc/>
    public async Task DrainAsync()
    {
        while (!HasRoom || _active.Count > 0)
        {
            await WaitForOldestAsync();
        }
    }

    /// <inheritdoc/>
    /// <remarks>It is no group that could be divided, so the session that moves the checkpoint runs it.</remarks>
    public Task<T> RunAloneAsync<T>(Func<IApplyWorker, CancellationToken, Task<T>> run, CancellationToken cancellationToken) =>
        _active.Count > 0 ? throw new InvalidOperationException("Groups are under way.") : _mover.RunAloneAsync(worker => run(worker, _stopping.Token), cancellationToken);

    /// <inheritdoc/>
    public void Forget()
    {
        _mover.Forget();
        _workers.ForEach(worker => worker.Forget());
    }

    /// <summary>Stops at once. What is being committed may be committed still.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        await _stopping.CancelAsync();
        await Task.WhenAll(_running);
        foreach (PartWorker worker in _workers)
        {
            await worker.DisposeAsync();
        }

        await _mover.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task WaitForOldestAsync()
    {
        if (_active.TryPeek(out DividedGroup? oldest) && await Task.WhenAny(oldest.Completed, Failure) == Failure)
        {
            await Failure;
        }
    }

    /// <summary>Divides a group; returns each worker's part, none when it is one transaction.</summary>
    private async ValueTask<List<Part>> DivideAsync(DividedGroup divided, CancellationToken cancellationToken)
    {
        ChangeBatch batch = divided.Group.Batch;
        if (_active.Count == 0 && batch.Rows.Length <= FewRows && !divided.Group.IsFull(_limits))
        {
            divided.SetAlone();
            return [];
        }

        await OpenWorkersAsync(cancellationToken);
        Division division = _workers.Count == 0 ? Division.Alone : Divide(batch, divided.Sequence);
        if (division != Division.Divided)
        {
            await DrainAsync();
            division = division == Division.Meets ? Divide(batch, divided.Sequence) : division;
        }

        if (division != Division.Divided)
        {
            divided.SetAlone();
            return [];
        }

        List<Part> parts = [];
        for (int worker = 0; worker < _workers.Count; worker++)
        {
            (int first, int count) = _divider.RangeOf(worker);
            parts.Add(new Part(divided, first, count));
        }

        divided.SetParts(parts.Count(part => part.Count > 0), _divider.RangeOf(_workers.Count).First);
        return parts;
    }

    private Division Divide(ChangeBatch batch, ulong sequence) =>
        _divider.Divide(batch, _workers.Count, sequence, durable: _active.TryPeek(out DividedGroup? oldest) ? oldest.Sequence - 1 : sequence - 1);

    /// <summary>
    /// Opens all workers, once, and while nothing is under way: a row's worker depends on their number. A target that refuses some gets by with those that it allows;
    /// without any, each group is one transaction.
    /// </summary>
    private async ValueTask OpenWorkersAsync(CancellationToken cancellationToken)
    {
        if (_hasOpened)
        {
            return;
        }

        await _mover.OpenAsync(cancellationToken);
        while (_workers.Count < _mostWorkers)
        {
            var kept = new KeptWorker(_target, _time);
            try
            {
                await kept.OpenAsync(cancellationToken);
            }
            catch (TargetException exception) when (exception.IsTransient)
            {
                break;
            }

            var worker = new PartWorker(kept, _limits.Rows, _counts, _time, _mover.Look) { Timings = Timings };
            _workers.Add(worker);
            Start(worker.RunAsync);
        }

        _hasOpened = true;
    }

    private void Start(Func<CancellationToken, Task> loop) => _running.Add(Task.Run(async () =>
    {
        try
        {
            await loop(_stopping.Token);
        }
        catch (Exception exception)
        {
            // The first to fail says why; those after it fail because of it.
            if (_failure.TrySetException(exception))
            {
                await _stopping.CancelAsync();
            }
        }
    }));
}
