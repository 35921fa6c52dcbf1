using Binlog.Service.Configuration;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;
using Binlog.Service.Drainer.Applying.Eventual;

namespace Binlog.Service.Drainer.Applying;

/// <summary>
/// Applies groups in the way that is configured. What the target may hold already (<see cref="ApplyDoubt"/>) is applied in the upstream's order and in
/// whole transactions first, as changes that may have been made before; exactly up to there.
/// </summary>
/// <remarks>One caller. The original can't tell what may have been applied before, and repeats for five minutes after each start (drainer/syncer.go).</remarks>
internal sealed class PipelineSwitch : IApplyPipeline
{
    private readonly ITarget _target;
    private readonly ApplyDoubt _doubt;
    private readonly ApplyTuning _tuning;
    private readonly ApplyProgress _progress;
    private readonly Func<ApplyConsistency, ApplyLimits, IApplyPipeline> _open;
    private IApplyPipeline _current;
    private ApplyLimits _opened;
    private ApplyConsistency _consistency;

    /// <summary>Begins at the target's checkpoint.</summary>
    /// <param name="target">The target, open.</param>
    /// <param name="start">Its checkpoint.</param>
    /// <param name="doubt">What the target may hold beyond it.</param>
    /// <param name="tuning">What is in effect; it may change meanwhile.</param>
    /// <param name="progress">Is told what is in force.</param>
    /// <param name="time">Clock.</param>
    /// <param name="applied">Called for each group once it is durable, in order.</param>
    /// <param name="cancellationToken">Stops everything at once.</param>
    public PipelineSwitch(ITarget target, Checkpoint start, ApplyDoubt doubt, ApplyTuning tuning, ApplyProgress progress, TimeProvider time, Func<ApplyGroup, RowCounts, ValueTask> applied, CancellationToken cancellationToken)
    {
        _target = target;
        _doubt = doubt;
        _tuning = tuning;
        _progress = progress;
        _open = (consistency, limits) => consistency == ApplyConsistency.Eventual
            ? new EventualPipeline(target, limits, applied, progress.Applied, progress.Timings, time, cancellationToken)
            : new ApplyPipeline(target, () => tuning.Limits.Workers, applied, progress.Applied, time, cancellationToken) { Timings = progress.Timings };
        _opened = tuning.Limits;
        _consistency = IsDoubtful(start.CommitTs + 1) ? ApplyConsistency.Transactional : Wanted;
        _current = _open(_consistency, _opened);
        _progress.Consistency = _consistency;
        _progress.IsSafeMode = _opened.SafeMode;
    }

    /// <inheritdoc/>
    public Task Failure => _current.Failure;

    /// <inheritdoc/>
    public bool HasRoom => _current.HasRoom;

    private ApplyConsistency Wanted => _target.TakesParts ? _opened.Consistency : ApplyConsistency.Transactional;

    /// <summary>Whether workers or sizes changed that the present way has had since it was opened; the transactional one follows by itself.</summary>
    private bool IsOutdated => _consistency == ApplyConsistency.Eventual && _opened != _tuning.Limits;

    /// <inheritdoc/>
    public ValueTask PrepareAsync(CancellationToken cancellationToken) => _current.PrepareAsync(cancellationToken);

    /// <inheritdoc/>
    public Task WaitForRoomAsync() => _current.WaitForRoomAsync();

    /// <inheritdoc/>
    public async ValueTask<ApplyGroup> SubmitAsync(ApplyGroup group, CancellationToken cancellationToken)
    {
        if (!IsDoubtful(group.Checkpoint.CommitTs) && (_consistency != Wanted || IsOutdated))
        {
            await _current.DrainAsync();
            await _current.DisposeAsync();
            _consistency = Wanted;
            _opened = _tuning.Limits;
            _current = _open(_consistency, _opened);
            _progress.Consistency = _consistency;
        }

        group.Repetition = RepetitionOf(group.Checkpoint.CommitTs);
        return await _current.SubmitAsync(group, cancellationToken);
    }

    /// <inheritdoc/>
    public Task DrainAsync() => _current.DrainAsync();

    /// <summary>What the target may hold already of a transaction.</summary>
    public Repetition RepetitionOf(ulong commitTs) => _opened.SafeMode ? Repetition.Anything : _doubt.Of(commitTs);

    /// <inheritdoc/>
    public Task<T> RunAloneAsync<T>(Func<IApplyWorker, CancellationToken, Task<T>> run, CancellationToken cancellationToken) => _current.RunAloneAsync(run, cancellationToken);

    /// <inheritdoc/>
    public void Forget() => _current.Forget();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _current.DisposeAsync();

    private bool IsDoubtful(ulong commitTs) => _doubt.IsAfter(commitTs - 1);
}
