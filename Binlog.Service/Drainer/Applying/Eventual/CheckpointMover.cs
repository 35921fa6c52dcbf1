using System.Collections.Concurrent;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Measuring;
using Binlog.Service.Signals;

namespace Binlog.Service.Drainer.Applying.Eventual;

/// <summary>
/// Moves the checkpoint past groups whose parts are durable, in their order and together with the rows that are no parts; and notes in the target, before parts of a
/// group are committed, that they may be there. One transaction does as much of both as there is to do.
/// </summary>
internal sealed class CheckpointMover(KeptWorker worker, Func<ApplyGroup, RowCounts, ValueTask> applied, AppliedRows counts, TimeProvider time) : IAsyncDisposable
{
    private readonly ConcurrentQueue<DividedGroup> _given = new();
    private readonly List<DividedGroup> _waiting = [];
    private readonly AdvanceSignal _changed = new();
    private ulong _announced;

    /// <summary>Where durations are noted; null: nowhere.</summary>
    public ApplyTimings? Timings { get; init; }

    /// <summary>Opens the worker while nothing is under way: without it no other one is of use.</summary>
    /// <exception cref="TargetException">The target can't be reached or refuses.</exception>
    public async ValueTask OpenAsync(CancellationToken cancellationToken) => await worker.OpenAsync(cancellationToken);

    /// <summary>Hands a group over, in the upstream's order.</summary>
    public void Give(DividedGroup group)
    {
        _given.Enqueue(group);
        _changed.Pulse();
    }

    /// <summary>To be called when the parts of a group have become durable.</summary>
    public void Look() => _changed.Pulse();

    /// <summary>Lends the worker for a transaction of its own, which moves the checkpoint; nothing may be under way. The worker is closed when that fails.</summary>
    /// <exception cref="TargetException">The target can't be reached, or the transaction failed.</exception>
    public async Task<T> RunAloneAsync<T>(Func<IApplyWorker, Task<T>> run, CancellationToken cancellationToken)
    {
        IApplyWorker session = await worker.OpenAsync(cancellationToken);
        try
        {
            return await run(session);
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Tells the worker that a schema change comes; nothing may be under way.</summary>
    public void Forget() => worker.Forget();

    /// <summary>Works until cancelled.</summary>
    /// <exception cref="TargetException">The target failed or refused.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed = _changed.Next;
            while (_given.TryDequeue(out DividedGroup? group))
            {
                _waiting.Add(group);
            }

            int durable = CountDurable();
            ulong announce = FindUnannounced();
            if (durable == 0 && announce == 0)
            {
                await changed.WaitAsync(cancellationToken);
                continue;
            }

            await worker.RunAsync(session => CommitAsync(session, durable, announce, cancellationToken), counts, cancellationToken);
            Announce(announce);
            await ReleaseAsync(durable);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => worker.DisposeAsync();

    /// <summary>How many of the oldest groups have all their parts in the target.</summary>
    private int CountDurable()
    {
        int durable = 0;
        while (durable < _waiting.Count && _waiting[durable].ArePartsDurable)
        {
            durable++;
        }

        return durable;
    }

    /// <summary>Commit TS of the newest group whose parts can't be committed yet; 0 when there is none.</summary>
    private ulong FindUnannounced()
    {
        for (int index = _waiting.Count - 1; index >= 0; index--)
        {
            if (_waiting[index].HasParts)
            {
                ulong commitTs = _waiting[index].Group.Checkpoint.CommitTs;
                return commitTs > _announced ? commitTs : 0;
            }
        }

        return 0;
    }

    private async Task CommitAsync(IApplyWorker session, int durable, ulong announce, CancellationToken cancellationToken)
    {
        long began = time.GetTimestamp();
        for (int index = 0; index < durable; index++)
        {
            DividedGroup group = _waiting[index];
            if (group.RestCount > 0)
            {
                await session.ExecuteAsync(group.Group.Batch, group.RestFirst, group.RestCount, cancellationToken);
            }
        }

        if (announce > 0)
        {
            await session.AnnouncePartsAsync(announce, cancellationToken);
        }

        Timings?.Statements.Observe(time.GetElapsedTime(began));
        began = time.GetTimestamp();
        await (durable > 0
            ? session.CommitAsync(_waiting[durable - 1].Group.Checkpoint, cancellationToken)
            : session.CommitPartAsync(cancellationToken));
        Timings?.Commit.Observe(time.GetElapsedTime(began));
    }

    private void Announce(ulong announced)
    {
        if (announced > 0)
        {
            _announced = announced;
            foreach (DividedGroup group in _waiting)
            {
                if (group.Group.Checkpoint.CommitTs <= announced)
                {
                    group.SetAnnounced();
                }
            }
        }
    }

    private async Task ReleaseAsync(int durable)
    {
        for (int index = 0; index < durable; index++)
        {
            DividedGroup group = _waiting[index];
            Timings?.Execute.Observe(time.GetElapsedTime(group.Began));
            await applied(group.Group, group.Rows);
            group.SetCompleted();
        }

        _waiting.RemoveRange(0, durable);
    }
}
