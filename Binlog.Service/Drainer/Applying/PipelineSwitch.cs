using Binlog.Service.Configuration;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;
using Binlog.Service.Drainer.Applying.Eventual;

namespace Binlog.Service.Drainer.Applying;

/// <summary>
/// Applies groups in the way that is configured. What the target may hold parts of already (<see cref="ITarget.PartsUpTo"/>) is applied in the upstream's order and in
/// whole transactions first, as changes that may have been made before; exactly up to there.
/// </summary>
/// <remarks>One caller. The original can't tell what may have been applied before, and repeats for five minutes after each start (drainer/syncer.go).</remarks>
internal sealed class PipelineSwitch : IApplyPipeline
{
    private readonly ITarget _target;
    private readonly ApplyLimits _limits;
    private readonly ApplyProgress _progress;
    private readonly Func<ApplyConsistency, IApplyPipeline> _open;
    private IApplyPipeline _current;
    private ApplyConsistency _consistency;

    /// <summary>Begins at the target's checkpoint.</summary>
    /// <param name="target">The target, open.</param>
    /// <param name="start">Its checkpoint.</param>
    /// <param name="limits">What is configured.</param>
    /// <param name="progress">Is told what is in force.</param>
    /// <param name="time">Clock.</param>
    /// <param name="applied">Called for each group once it is durable, in order.</param>
    /// <param name="cancellationToken">Stops everything at once.</param>
    public PipelineSwitch(ITarget target, Checkpoint start, ApplyLimits limits, ApplyProgress progress, TimeProvider time, Func<ApplyGroup, RowCounts, ValueTask> applied, CancellationToken cancellationToken)
    {
        _target = target;
        _limits = limits;
        _progress = progress;
        _open = consistency => consistency == ApplyConsistency.Eventual
            ? new EventualPipeline(target, limits, applied, progress.Applied, progress.Timings, time, cancellationToken)
            : new ApplyPipeline(target, limits.Workers, applied, progress.Applied, time, cancellationToken) { Timings = progress.Timings };
        _consistency = IsDoubtful(start.CommitTs + 1) ? ApplyConsistency.Transactional : Wanted;
        _current = _open(_consistency);
        _progress.Consistency = _consistency;
        _progress.IsSafeMode = limits.SafeMode;
    }

    /// <inheritdoc/>
    public Task Failure => _current.Failure;

    /// <inheritdoc/>
    public bool HasRoom => _current.HasRoom;

    private ApplyConsistency Wanted => _target.TakesParts ? _limits.Consistency : ApplyConsistency.Transactional;

    /// <summary>Whether a group must end before a transaction, because up to there the target may hold parts and from there on it doesn't.</summary>
    /// <param name="group">The group.</param>
    /// <param name="commitTs">Commit TS of the transaction.</param>
    public bool MustEnd(ApplyGroup group, ulong commitTs) => !group.IsEmpty && IsDoubtful(group.Checkpoint.CommitTs) && !IsDoubtful(commitTs);

    /// <inheritdoc/>
    public Task WaitForRoomAsync() => _current.WaitForRoomAsync();

    /// <inheritdoc/>
    public async ValueTask<ApplyGroup> SubmitAsync(ApplyGroup group, CancellationToken cancellationToken)
    {
        bool isDoubtful = IsDoubtful(group.Checkpoint.CommitTs);
        if (!isDoubtful && _consistency != Wanted)
        {
            await _current.DrainAsync();
            await _current.DisposeAsync();
            _consistency = Wanted;
            _current = _open(_consistency);
            _progress.Consistency = _consistency;
        }

        group.Repetition = _limits.SafeMode ? Repetition.Anything : isDoubtful ? Repetition.Parts : Repetition.None;
        return await _current.SubmitAsync(group, cancellationToken);
    }

    /// <inheritdoc/>
    public Task DrainAsync() => _current.DrainAsync();

    /// <inheritdoc/>
    public void Forget() => _current.Forget();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _current.DisposeAsync();

    private bool IsDoubtful(ulong commitTs) => commitTs <= _target.PartsUpTo;
}
