using Binlog.Service.Downstream;

namespace Binlog.Service.Drainer.Applying.Eventual;

/// <summary>
/// A group whose rows are divided: parts that workers commit on their own, and the rest, which is committed together with the checkpoint's move. A part is a range of
/// the batch's rows. Its signals are thread-safe.
/// </summary>
/// <param name="group">The group.</param>
/// <param name="sequence">Number of the group, from 1.</param>
/// <param name="rows">How many rows of each kind the upstream changed.</param>
/// <param name="began">When it was taken, as a timestamp of the clock.</param>
internal sealed class DividedGroup(ApplyGroup group, ulong sequence, RowCounts rows, long began)
{
    private readonly TaskCompletionSource _announced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _openParts;

    /// <summary>The group.</summary>
    public ApplyGroup Group => group;

    /// <summary>Number of the group, from 1.</summary>
    public ulong Sequence => sequence;

    /// <summary>How many rows of each kind the upstream changed.</summary>
    public RowCounts Rows => rows;

    /// <summary>When it was taken.</summary>
    public long Began => began;

    /// <summary>Whether it is applied in one transaction, with nothing beside it.</summary>
    public bool IsAlone { get; private set; }

    /// <summary>Whether it has parts. They may be committed once <see cref="Announced"/> is complete.</summary>
    public bool HasParts { get; private set; }

    /// <summary>Index of the first row that is committed together with the checkpoint.</summary>
    public int RestFirst { get; private set; }

    /// <summary>How many rows are.</summary>
    public int RestCount => group.Batch.Rows.Length - RestFirst;

    /// <summary>Whether all parts are durable.</summary>
    public bool ArePartsDurable => Volatile.Read(ref _openParts) == 0;

    /// <summary>Completes when it is durably noted in the target that parts of this group may be there.</summary>
    public Task Announced => _announced.Task;

    /// <summary>Completes when the group is durable and the checkpoint past it.</summary>
    public Task Completed => _completed.Task;

    /// <summary>Makes all rows the rest.</summary>
    public void SetAlone() => (IsAlone, HasParts, RestFirst) = (true, false, 0);

    /// <summary>Says how the rows are divided. To be called before parts are handed out.</summary>
    public void SetParts(int parts, int restFirst) => (HasParts, _openParts, RestFirst) = (parts > 0, parts, restFirst);

    /// <summary>Notes that a part is durable; true when it was the last one.</summary>
    public bool EndPart() => Interlocked.Decrement(ref _openParts) == 0;

    /// <summary>Lets parts be committed.</summary>
    public void SetAnnounced() => _announced.TrySetResult();

    /// <summary>Lets everybody know that the checkpoint is past the group.</summary>
    public void SetCompleted() => _completed.TrySetResult();
}
