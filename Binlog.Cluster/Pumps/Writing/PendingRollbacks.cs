using System.Collections.Concurrent;
using Binlog.Cluster.Pumps.Members;
using Binlog.TiDB.Records;

namespace Binlog.Cluster.Pumps.Writing;

/// <summary>Rollbacks that nobody waits for: of copies that another Pump may hold, and of transactions that were left undecided. Thread-safe.</summary>
internal sealed class PendingRollbacks(OutcomeSender outcomes, TimeSpan closeTimeout, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Failures are kept for <see cref="FlushAsync"/>, so many at most.</summary>
    private const int MaxFailures = 16;

    private readonly ConcurrentDictionary<Task, byte> _running = new();
    private readonly ConcurrentQueue<PumpWriteException> _failures = new();
    private readonly CancellationTokenSource _closing = new();
    private int _isClosed;

    /// <summary>Begins to tell a Pump that a prewrite is void.</summary>
    public void Begin(PumpNode pump, ulong startTs) => Begin(pump, BinlogPayloads.Rollback(startTs));

    /// <summary>Begins to send a rollback; nothing happens when the client is closed.</summary>
    public void Begin(PumpNode pump, ReadOnlyMemory<byte> rollback)
    {
        if (Volatile.Read(ref _isClosed) == 0)
        {
            Task task = RunAsync(pump, rollback);
            _running.TryAdd(task, 0);
            _ = task.ContinueWith(static (ended, running) => ((ConcurrentDictionary<Task, byte>)running!).TryRemove(ended, out _), _running, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>Waits for all that are under way.</summary>
    /// <exception cref="PumpWriteException">One could not be delivered, now or since this was last asked.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_running.Keys).WaitAsync(cancellationToken).ConfigureAwait(false);
        PumpWriteException? first = null;
        while (_failures.TryDequeue(out PumpWriteException? failure))
        {
            first ??= failure;
        }

        if (first is not null)
        {
            throw first;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Volatile.Write(ref _isClosed, 1);
        await Task.WhenAll(_running.Keys).WaitAsync(closeTimeout, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _closing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_running.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
    }

    private async Task RunAsync(PumpNode pump, ReadOnlyMemory<byte> rollback)
    {
        try
        {
            await outcomes.SendAsync(pump, rollback, _closing.Token).ConfigureAwait(false);
        }
        catch (PumpWriteException exception)
        {
            _failures.Enqueue(exception);
            if (_failures.Count > MaxFailures)
            {
                _failures.TryDequeue(out _);
            }
        }
        catch (OperationCanceledException)
        {
            // The client is closed: the Pump learns the outcome from its source of outcomes or from an operator.
        }
    }
}
