using Binlog.Cluster.Connecting;
using Binlog.Cluster.Timestamps;

namespace Binlog.Cluster.Pd;

/// <summary>
/// PD's timestamps, over one stream to the leader. Callers that come while requests are under way share the next one. When the stream breaks, those
/// without an answer are asked for anew from the leader of then; what a lost answer may have held is never handed out. Thread-safe.
/// </summary>
public sealed class PdTso : ITsoSource, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly TsoQueue _queue = new();
    private readonly TsoLoop _loop;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _disposal = new();
    private Task? _running;

    internal PdTso(PdDirectory directory, ServerChannels channels, TimeProvider time, PdFailures failures)
    {
        _time = time;
        _loop = new TsoLoop(_queue, directory, channels, time, failures);
    }

    /// <summary>Takes consecutive fresh timestamps: PD is asked after the call began. Strictly above all that this client got before.</summary>
    /// <param name="count">1 to 262,143; PD can't give 262,144 consecutive ones.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ClusterException">No leader answered within 5 s, or PD went backward (both transient); or PD refuses.</exception>
    public async ValueTask<ulong> NextAsync(int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, PdLimits.MaxTsoCount);
        EnsureRunning();
        var waiter = new TsoWaiter(count);
        try
        {
            return await WaitAsync(waiter, cancellationToken).WaitAsync(PdLimits.CallTimeout, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw PdAnswers.GaveUp("a request for timestamps", _loop.LastFailure, exception);
        }
        finally
        {
            waiter.GiveUp();
        }
    }

    /// <summary>A fresh timestamp: no commit TS that is taken later is below it.</summary>
    /// <exception cref="ClusterException">
    /// As of <see cref="NextAsync"/>; or <paramref name="seen"/> is above what PD gives out, so that later commit TS can be below it and nothing can be promised (transient).
    /// </exception>
    public async ValueTask<ulong> ObserveAsync(ulong seen, CancellationToken cancellationToken)
    {
        ulong fresh = await NextAsync(1, cancellationToken).ConfigureAwait(false);
        return seen <= fresh
            ? fresh
            : throw new ClusterException(
                $"The timestamp {TsoRange.Describe(seen)} was seen, but PD is only at {TsoRange.Describe(fresh)}. Commits can still get timestamps in between, so none is announced. "
                + "Either the timestamp is from another cluster, or PD went backward: was it restored from a backup?",
                isTransient: true);
    }

    /// <summary>Ends the stream. Callers that wait fail.</summary>
    public async ValueTask DisposeAsync()
    {
        await _disposal.CancelAsync().ConfigureAwait(false);
        Task? running;
        lock (_lock)
        {
            running = _running;
        }

        if (running is not null)
        {
            await running.ConfigureAwait(false);
        }
    }

    private async Task<ulong> WaitAsync(TsoWaiter waiter, CancellationToken cancellationToken)
    {
        await _queue.AddAsync(waiter, cancellationToken).ConfigureAwait(false);
        if (_loop.Death is { } death)
        {
            waiter.Fail(death);
        }

        return await waiter.Task.ConfigureAwait(false);
    }

    private void EnsureRunning()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposal.IsCancellationRequested, this);
            _running ??= Task.Run(() => _loop.RunAsync(_disposal.Token));
        }
    }
}
