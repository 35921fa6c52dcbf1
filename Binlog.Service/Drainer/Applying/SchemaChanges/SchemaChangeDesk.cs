namespace Binlog.Service.Drainer.Applying.SchemaChanges;

/// <summary>
/// Where the applier lays down a schema change that the target refused, and an operator chooses what becomes of it. A choice lasts until the
/// checkpoint has passed the change; a process that ends before that asks again. Thread-safe.
/// </summary>
internal sealed class SchemaChangeDesk
{
    /// <summary>How many finished ones are remembered.</summary>
    public const int Remembered = 100;

    private readonly Lock _lock = new();
    private readonly Queue<FinishedSchemaChange> _recent = new();
    private HeldSchemaChange? _held;
    private ulong? _skipped;
    private TaskCompletionSource _chosen = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The change that waits for a choice; null when none does.</summary>
    public HeldSchemaChange? Held
    {
        get
        {
            lock (_lock)
            {
                return _held;
            }
        }
    }

    /// <summary>The last ones that the checkpoint has passed since the start, newest first.</summary>
    public IReadOnlyList<FinishedSchemaChange> Recent
    {
        get
        {
            lock (_lock)
            {
                return [.. _recent.Reverse()];
            }
        }
    }

    /// <summary>Completes when the change that is held now has been chosen for; completed already when none is.</summary>
    public Task Chosen
    {
        get
        {
            lock (_lock)
            {
                return _held is null ? Task.CompletedTask : _chosen.Task;
            }
        }
    }

    /// <summary>Chooses for the change that is held.</summary>
    /// <param name="commitTs">Its commit TS.</param>
    /// <param name="choice">What becomes of it.</param>
    /// <returns>False when no change of this commit TS is held.</returns>
    public bool TryChoose(ulong commitTs, SchemaChangeChoice choice)
    {
        TaskCompletionSource chosen;
        lock (_lock)
        {
            if (_held?.Change.CommitTs != commitTs)
            {
                return false;
            }

            _held = null;
            _skipped = choice == SchemaChangeChoice.Skip ? commitTs : null;
            chosen = _chosen;
            _chosen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        chosen.SetResult();
        return true;
    }

    /// <summary>Lays down a refused change.</summary>
    public void Hold(HeldSchemaChange held)
    {
        lock (_lock)
        {
            _held = held;
            _skipped = null;
        }
    }

    /// <summary>Whether an operator chose that the checkpoint is to pass this change without the target.</summary>
    public bool IsSkipped(ulong commitTs)
    {
        lock (_lock)
        {
            return _skipped == commitTs;
        }
    }

    /// <summary>Notes that the checkpoint has passed a change.</summary>
    public void NoteFinished(FinishedSchemaChange finished)
    {
        lock (_lock)
        {
            _skipped = null;
            _recent.Enqueue(finished);
            if (_recent.Count > Remembered)
            {
                _recent.Dequeue();
            }
        }
    }
}
