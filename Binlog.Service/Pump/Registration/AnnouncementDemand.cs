namespace Binlog.Service.Pump.Registration;

/// <summary>
/// Collects Drainers' requests that this Pump announce how far it is, until <see cref="FakeBinlogLoop"/> answers all of them with one fake binlog. Thread-safe.
/// </summary>
internal sealed class AnnouncementDemand
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _asked = NewSignal();
    private TaskCompletionSource? _answer;
    private ulong _commitTs;

    /// <summary>Completes when a request waits.</summary>
    public Task Asked
    {
        get
        {
            lock (_lock)
            {
                return _asked.Task;
            }
        }
    }

    /// <summary>Asks for an announcement at or above a commit TS. Completes when the store has it; fails with what kept it from that.</summary>
    public Task AskAsync(ulong commitTs)
    {
        lock (_lock)
        {
            _commitTs = Math.Max(_commitTs, commitTs);
            _answer ??= NewSignal();
            _asked.TrySetResult();
            return _answer.Task;
        }
    }

    /// <summary>Takes everything that waits.</summary>
    /// <param name="commitTs">The greatest commit TS that is asked for.</param>
    /// <param name="answer">To be completed.</param>
    /// <returns>False when nothing waits.</returns>
    public bool TryTake(out ulong commitTs, out TaskCompletionSource answer)
    {
        lock (_lock)
        {
            (commitTs, answer) = (_commitTs, _answer!);
            if (_answer is null)
            {
                return false;
            }

            (_commitTs, _answer, _asked) = (0, null, NewSignal());
            return true;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
