using Binlog.Service.Downstream;

namespace Binlog.Service.Drainer.Applying.Eventual;

/// <summary>A worker of the target that is opened when it is needed, and anew after it was idle for long. One caller at a time.</summary>
internal sealed class KeptWorker(ITarget target, TimeProvider time) : IAsyncDisposable
{
    /// <summary>How often something is tried when the target says that trying again may help.</summary>
    private const int Tries = 5;

    private IApplyWorker? _worker;
    private long _usedAt;

    /// <summary>Opens the worker if that isn't done yet, or too long ago.</summary>
    /// <exception cref="TargetException">The target can't be reached or refuses.</exception>
    public async ValueTask<IApplyWorker> OpenAsync(CancellationToken cancellationToken)
    {
        if (_worker is not null && time.GetElapsedTime(_usedAt) >= WorkerSlots.LongestIdle)
        {
            await DisposeAsync();
        }

        _worker ??= await target.OpenWorkerAsync(cancellationToken);
        _usedAt = time.GetTimestamp();
        return _worker;
    }

    /// <summary>Executes and commits; after a deadlock or the like again, because nothing else depends on what was rolled back.</summary>
    /// <param name="transaction">Executes and commits.</param>
    /// <param name="counts">Where repetitions are counted.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <exception cref="TargetException">The target failed or refused.</exception>
    public async Task RunAsync(Func<IApplyWorker, Task> transaction, AppliedRows counts, CancellationToken cancellationToken)
    {
        IApplyWorker worker = await OpenAsync(cancellationToken);
        for (int tried = 1; ; tried++)
        {
            try
            {
                await transaction(worker);
                _usedAt = time.GetTimestamp();
                return;
            }
            catch (TargetException exception) when (worker.IsUsable && exception.IsTransient && tried < Tries)
            {
                counts.AddRestart();
                await worker.RollBackAsync();
            }
        }
    }

    /// <summary>Tells the worker that a schema change comes.</summary>
    public void Forget() => _worker?.Forget();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_worker is { } worker)
        {
            _worker = null;
            await worker.DisposeAsync();
        }
    }
}
