using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;
using Binlog.Service.Downstream.Conflicts;

namespace Binlog.Service.Drainer.Applying;

/// <summary>A worker of the target with the group that it is applying, and what is needed around that. Reused from group to group.</summary>
internal sealed class ApplySlot(IApplyWorker worker)
{
    private TaskCompletionSource _keysKnown = NewSignal();
    private TaskCompletionSource _committed = NewSignal();

    /// <summary>The worker.</summary>
    public IApplyWorker Worker => worker;

    /// <summary>The group.</summary>
    public ApplyGroup Group { get; private set; } = new();

    /// <summary>Puts the group's rows into their condensed form.</summary>
    public BatchCondenser Condenser { get; } = new();

    /// <summary>Divides the group's rows.</summary>
    public RowDeferral Deferral { get; } = new();

    /// <summary>The keys of the group's rows, once <see cref="KeysKnown"/> is complete.</summary>
    public TouchedKeys Keys { get; } = new();

    /// <summary>Whether the group's keys are looked up: not for one that is to be alone under way. Then none follows before it is durable.</summary>
    public bool HasKeys { get; set; }

    /// <summary>Completes when <see cref="Keys"/> are there; they stay until every later group has looked at them.</summary>
    public Task KeysKnown => _keysKnown.Task;

    /// <summary>Completes when the group is durable in the target; fails when it won't be.</summary>
    public Task Committed => _committed.Task;

    /// <summary>Completes when this group has no use for earlier ones' keys any more.</summary>
    public TaskCompletionSource Divided { get; private set; } = NewSignal();

    /// <summary>The groups before this one that may be under way, oldest first.</summary>
    public List<ApplySlot> Earlier { get; } = [];

    /// <summary>Ends when the group is applied, or won't be.</summary>
    public Task Running { get; set; } = Task.CompletedTask;

    /// <summary>Takes a group; the one before is given back.</summary>
    public ApplyGroup Take(ApplyGroup group)
    {
        ApplyGroup before = Group;
        Group = group;
        _keysKnown = NewSignal();
        _committed = NewSignal();
        Divided = NewSignal();
        return before;
    }

    /// <summary>Lets later groups look at <see cref="Keys"/>.</summary>
    public void ShowKeys() => _keysKnown.SetResult();

    /// <summary>Lets the next group commit.</summary>
    public void SetCommitted() => _committed.SetResult();

    /// <summary>Lets nobody wait any longer.</summary>
    public void Fail(Exception exception)
    {
        _keysKnown.TrySetResult();
        Divided.TrySetResult();
        _committed.TrySetException(exception);
        _ = _committed.Task.Exception;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
