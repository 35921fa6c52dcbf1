using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Conflicts;
using Binlog.Service.Drainer.Measuring;

namespace Binlog.Service.Drainer.Applying;

/// <summary>
/// Applies groups beside one another, each in a worker's transaction, and commits them in their order: a reader of the target sees a prefix
/// of the upstream's history at any time.
/// </summary>
/// <remarks>
/// <para>A group's rows that share no unique key with groups before it are executed at once; the rest when those are committed, just before its own
/// commit. Two keys that the target takes for one though their bytes differ are not noticed beforehand, nor are locks of a server on gaps between rows: then
/// an earlier group may wait for a later one's lock, which waits for its turn to commit. So a group that has waited for
/// several commits' time lets go of everything, and is executed anew when its turn has come; so is one whose execution fails before its turn.
/// No group commits before the ones before it, so that is always possible.</para>
/// <para>One caller. After a failure nothing more is committed.</para>
/// </remarks>
internal sealed class ApplyPipeline : IAsyncDisposable
{
    /// <summary>A group that is ready waits for its turn, with locks in its hands, for so many times as long as groups take between one commit and the next.</summary>
    private const int PatienceInCommits = 8;

    private static readonly TimeSpan LeastPatience = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MostPatience = TimeSpan.FromSeconds(1);

    /// <summary>How often a group whose turn it is is tried when the target says that trying again may help.</summary>
    private const int Tries = 3;

    private readonly ITarget _target;
    private readonly Func<int> _workers;
    private readonly Func<ApplyGroup, RowCounts, ValueTask> _applied;
    private readonly AppliedRows _counts;
    private readonly TimeProvider _time;
    private readonly Queue<ApplySlot> _active = new();
    private readonly WorkerSlots _slots;
    private readonly Stack<ApplyGroup> _groups = new();
    private readonly CancellationTokenSource _stopping;
    private readonly TaskCompletionSource _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ApplySlot? _last;
    private bool _isDisposed;
    private long _ticksPerCommit;

    /// <summary>Begins with a target that has a checkpoint.</summary>
    /// <param name="target">The target, open.</param>
    /// <param name="workers">How many groups may be under way at a time; asked for each group.</param>
    /// <param name="applied">Called for each group once it is durable, in order, and awaited before the next one commits.</param>
    /// <param name="counts">Where transactions that are executed anew are counted.</param>
    /// <param name="time">Clock for a group's patience.</param>
    /// <param name="cancellationToken">Stops everything at once, as a failure does.</param>
    public ApplyPipeline(ITarget target, Func<int> workers, Func<ApplyGroup, RowCounts, ValueTask> applied, AppliedRows counts, TimeProvider time, CancellationToken cancellationToken)
    {
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _target = target;
        _workers = () => Math.Min(workers(), target.MaxWorkers);
        _slots = new WorkerSlots(target, _workers, time);
        _applied = applied;
        _counts = counts;
        _time = time;
    }

    /// <summary>Where durations are noted; null: nowhere.</summary>
    public ApplyTimings? Timings { get; init; }

    /// <summary>Fails when a group did.</summary>
    public Task Failure => _failure.Task;

    /// <summary>Whether a group can be submitted without waiting for another to end.</summary>
    public bool HasRoom => _active.Count < _slots.Allowed || _active.Peek().Running.IsCompleted;

    /// <summary>Completes when <see cref="HasRoom"/> may be true.</summary>
    /// <exception cref="TargetException">A group failed.</exception>
    public async Task WaitForRoomAsync()
    {
        if (!HasRoom && await Task.WhenAny(_active.Peek().Running, Failure) == Failure)
        {
            await Failure;
        }
    }

    /// <summary>Hands a group over, and returns an empty one.</summary>
    /// <exception cref="TargetException">An earlier group failed, or no session can be opened.</exception>
    public async ValueTask<ApplyGroup> SubmitAsync(ApplyGroup group, CancellationToken cancellationToken)
    {
        ApplySlot slot = await FreeSlotAsync(cancellationToken);
        Task turn = _last?.Committed ?? Task.CompletedTask;
        ApplyGroup before = slot.Take(group);
        before.Clear();
        _groups.Push(before);
        slot.HasKeys = _workers() > 1;
        slot.Earlier.Clear();
        slot.Earlier.AddRange(_active);
        slot.Running = RunAsync(slot, turn);
        _last = slot;
        _active.Enqueue(slot);
        return _groups.Pop();
    }

    /// <summary>Returns when every group is durable.</summary>
    /// <exception cref="TargetException">One failed.</exception>
    public async Task DrainAsync()
    {
        while (_active.TryPeek(out _))
        {
            await FreeOldestAsync();
        }
    }

    /// <summary>Tells the workers that a schema change comes; all groups must be durable.</summary>
    public void Forget()
    {
        _slots.Forget();
    }

    /// <summary>Stops at once; what isn't committed is rolled back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        await _stopping.CancelAsync();
        foreach (ApplySlot slot in _active)
        {
            await slot.Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        foreach (ApplySlot slot in _active)
        {
            await slot.Worker.DisposeAsync();
        }

        await _slots.DisposeAsync();
        _stopping.Dispose();
    }

    private async ValueTask<ApplySlot> FreeSlotAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            while (_active.TryPeek(out ApplySlot? oldest) && (oldest.Running.IsCompleted || !oldest.HasKeys || _active.Count >= _slots.Allowed))
            {
                await FreeOldestAsync();
            }

            if (await _slots.TryTakeAsync(_active.Count, cancellationToken) is { } slot)
            {
                return slot;
            }
        }
    }

    /// <summary>The oldest group's slot may be used again when it is durable and the later groups are done with its keys.</summary>
    private async ValueTask FreeOldestAsync()
    {
        ApplySlot oldest = _active.Peek();
        await Task.WhenAny(oldest.Running, Failure);
        if (Failure.IsFaulted)
        {
            await Failure;
        }

        foreach (ApplySlot slot in _active)
        {
            await slot.Divided.Task;
        }

        await _slots.GiveAsync(_active.Dequeue(), _active.Count);
    }

    private async Task RunAsync(ApplySlot slot, Task turn)
    {
        await Task.Yield();
        long began = _time.GetTimestamp();
        try
        {
            RowCounts rows = RowCounts.Of(slot.Group.Batch.Rows);
            int executed = await BeginAsync(slot, turn);
            await turn;
            long started = _time.GetTimestamp();
            await FinishAsync(slot, executed);
            Timings?.Execute.Observe(_time.GetElapsedTime(began));
            await _applied(slot.Group, rows);
            _ticksPerCommit += (_time.GetElapsedTime(started).Ticks - _ticksPerCommit) / 8;
            slot.SetCommitted();
        }
        catch (Exception exception)
        {
            slot.Fail(exception);

            // The first to fail says why; those after it fail because of it.
            if (_failure.TrySetException(exception))
            {
                await _stopping.CancelAsync();
            }
        }
    }

    /// <summary>Executes what can be executed before the group's turn, and waits for it. Returns how many rows are executed then.</summary>
    private async Task<int> BeginAsync(ApplySlot slot, Task turn)
    {
        ChangeBatch batch = slot.Group.Batch;
        if (_target.TakesCondensedBatches)
        {
            slot.Condenser.Condense(batch, slot.Group.Repetition);
        }

        if (slot.HasKeys)
        {
            slot.Keys.Set(batch);
        }

        slot.ShowKeys();
        int count = await DivideAsync(slot);
        slot.Divided.TrySetResult();
        if (turn.IsCompleted || count == 0)
        {
            // All rows are executed at once then, in the order that doesn't depend on what was seen to be under way.
            slot.Deferral.Restore(batch);
            return 0;
        }

        try
        {
            await ExecuteAsync(slot, 0, count);
            await turn.WaitAsync(PatienceOf(slot), _time, _stopping.Token);
            return count;
        }
        catch (Exception exception) when (!turn.IsFaulted && (exception is TimeoutException || (exception is TargetException && slot.Worker.IsUsable)))
        {
            await StartAnewAsync(slot);
            return 0;
        }
    }

    /// <summary>The mean belongs to the group whose turn it is; a group that reads an old one waits a little more or less.</summary>
    private TimeSpan PatienceOf(ApplySlot slot)
    {
        var patience = TimeSpan.FromTicks(PatienceInCommits * Volatile.Read(ref _ticksPerCommit) * Math.Max(1, slot.Earlier.Count));
        return patience < LeastPatience ? LeastPatience : patience > MostPatience ? MostPatience : patience;
    }

    private async Task StartAnewAsync(ApplySlot slot)
    {
        _counts.AddRestart();
        await slot.Worker.RollBackAsync();
        slot.Deferral.Restore(slot.Group.Batch);
    }

    private static async ValueTask<int> DivideAsync(ApplySlot slot)
    {
        var earlier = new List<TouchedKeys>(slot.Earlier.Count);
        foreach (ApplySlot other in slot.Earlier)
        {
            await other.KeysKnown;
            if (!other.Committed.IsCompletedSuccessfully)
            {
                earlier.Add(other.Keys);
            }
        }

        return slot.Deferral.Split(slot.Group.Batch, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(earlier));
    }

    /// <summary>Executes the rest and commits: it is the group's turn, so an error is real.</summary>
    private async Task FinishAsync(ApplySlot slot, int executed)
    {
        ChangeBatch batch = slot.Group.Batch;
        for (int tried = 1; ; tried++)
        {
            try
            {
                await ExecuteAsync(slot, executed, batch.Rows.Length - executed);
                break;
            }
            catch (TargetException exception) when (slot.Worker.IsUsable && (executed > 0 || (exception.IsTransient && tried < Tries)))
            {
                await StartAnewAsync(slot);
                executed = 0;
            }
        }

        long began = _time.GetTimestamp();
        await slot.Worker.CommitAsync(slot.Group.Checkpoint, _stopping.Token);
        Timings?.Commit.Observe(_time.GetElapsedTime(began));
    }

    private async ValueTask ExecuteAsync(ApplySlot slot, int first, int count)
    {
        long began = _time.GetTimestamp();
        await slot.Worker.ExecuteAsync(slot.Group.Batch, first, count, _stopping.Token);
        if (count > 0)
        {
            Timings?.Statements.Observe(_time.GetElapsedTime(began));
        }
    }
}
