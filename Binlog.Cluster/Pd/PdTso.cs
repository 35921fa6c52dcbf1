using Binlog.Cluster.Connecting;
using Binlog.Cluster.Contracts.Pd;
using Binlog.Cluster.Timestamps;

namespace Binlog.Cluster.Pd;

/// <summary>
/// PD's timestamps, over one stream to the leader. Callers that come while requests are under way share the next one. When the stream breaks, those
/// without an answer are asked for anew from the leader of then; what a lost answer may have held is never handed out. Thread-safe.
/// </summary>
public sealed class PdTso : ITsoSource, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _disposal = new();
    private readonly TsoQueue _queue = new();
    private readonly TsoRange _range = new();
    private readonly PdDirectory _directory;
    private readonly ServerChannels _channels;
    private readonly TimeProvider _time;
    private readonly PdFailures _failures;
    private volatile ClusterException? _last;
    private volatile Exception? _death;
    private Task? _running;

    internal PdTso(PdDirectory directory, ServerChannels channels, TimeProvider time, PdFailures failures) =>
        (_directory, _channels, _time, _failures) = (directory, channels, time, failures);

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
            throw PdCaller.GaveUp("a request for timestamps", _last, exception);
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
        if (_death is { } death)
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
            _running ??= RunAsync();
        }
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        try
        {
            await ServeAsync(_disposal.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_disposal.IsCancellationRequested)
        {
            Die(new ObjectDisposedException(nameof(PdClient), "The PD client was closed."));
        }
        catch (Exception exception)
        {
            Die(new ClusterException($"The stream of timestamps from PD failed for a reason that is not PD's: {exception.Message}", exception));
        }
    }

    // First latched, then the queue emptied: who comes later sees the latch.
    private void Die(Exception death)
    {
        _death = death;
        _queue.FailAll(death);
    }

    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        for (int failures = 0; ;)
        {
            await _queue.WaitAsync(cancellationToken).ConfigureAwait(false);
            PdMembership? members = _directory.Current;
            ClusterException reason;
            bool hasAnswered = false;
            try
            {
                members = await _directory.GetAsync(cancellationToken).ConfigureAwait(false);
                (reason, hasAnswered) = await StreamAsync(members, failures, cancellationToken).ConfigureAwait(false);
            }
            catch (ClusterException exception)
            {
                reason = exception;
            }

            Note(reason);
            failures = hasAnswered ? 1 : failures + 1;
            await Task.Delay(PdLimits.PauseAfter(failures), _time, cancellationToken).ConfigureAwait(false);
            await LookAgainAsync(members, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(ClusterException Reason, bool HasAnswered)> StreamAsync(PdMembership members, int attempt, CancellationToken cancellationToken)
    {
        if (members.Leader is null)
        {
            return (PdCaller.NoLeader(members), false);
        }

        string url = members.LeaderUrl(attempt);
        var stream = new TsoStream(_queue, _range, _time);
        ClusterException reason = await stream.RunAsync(new PD.PDClient(_channels.Get(url)), members, url, cancellationToken).ConfigureAwait(false);
        return (reason, stream.HasAnswered);
    }

    private async Task LookAgainAsync(PdMembership? failed, CancellationToken cancellationToken)
    {
        try
        {
            await _directory.RefreshAsync(failed, cancellationToken).ConfigureAwait(false);
        }
        catch (ClusterException exception)
        {
            Note(exception);
        }
    }

    // What doesn't pass by itself is not waited for.
    private void Note(ClusterException exception)
    {
        _last = exception;
        _failures.Note(exception.Message);
        if (!exception.IsTransient)
        {
            _queue.FailAll(exception);
        }
    }
}
