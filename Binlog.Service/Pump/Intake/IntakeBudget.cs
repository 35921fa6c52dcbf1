namespace Binlog.Service.Pump.Intake;

/// <summary>
/// Bounds the bytes of received messages that are not flushed yet. Large ones wait for room in the order in which they came, before
/// their bytes are read; small ones are here already when they are counted, so they are refused when there are too many. Thread-safe.
/// </summary>
/// <param name="memory">The shares. A large message that is above its share is taken when no other large one is there.</param>
internal sealed class IntakeBudget(PumpMemory memory)
{
    /// <summary>
    /// More don't wait. Each waiting message holds up to one stream window of its connection's window; so many leave most of
    /// the connection's window to the messages that are being read.
    /// </summary>
    public const int MaxWaiting = 64;

    private readonly Lock _gate = new();
    private readonly LinkedList<IntakeWaiter> _waiting = [];
    private long _small;
    private long _large;

    /// <summary>Bytes of messages that are being received or written.</summary>
    public long InFlight => Volatile.Read(ref _small) + Volatile.Read(ref _large);

    /// <summary>Number of messages that wait for room.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Counts a small message; false, and not counted, when too many are in flight.</summary>
    public bool TryTakeSmall(int bytes)
    {
        if (Interlocked.Add(ref _small, bytes) <= memory.SmallMessages)
        {
            return true;
        }

        ReleaseSmall(bytes);
        return false;
    }

    public void ReleaseSmall(int bytes) => Interlocked.Add(ref _small, -bytes);

    /// <summary>Completes when there is room for a large message: true; false at once when too many wait already.</summary>
    /// <exception cref="OperationCanceledException">Nothing was taken.</exception>
    public async ValueTask<bool> TakeLargeAsync(long bytes, CancellationToken cancellationToken)
    {
        IntakeWaiter waiter;
        lock (_gate)
        {
            if (_waiting.Count == 0 && HasRoom(bytes))
            {
                _large += bytes;
                return true;
            }

            if (_waiting.Count >= MaxWaiting)
            {
                return false;
            }

            waiter = new IntakeWaiter(bytes);
            _waiting.AddLast(waiter);
        }

        await using (cancellationToken.UnsafeRegister((_, token) => Cancel(waiter, token), null))
        {
            await waiter.Task;
        }

        return true;
    }

    /// <summary>Gives bytes back that <see cref="TakeLargeAsync"/> took.</summary>
    public void ReleaseLarge(long bytes)
    {
        lock (_gate)
        {
            _large -= bytes;
            Admit();
        }
    }

    private bool HasRoom(long bytes) => _large == 0 || _large + bytes <= memory.LargeMessages;

    private void Admit()
    {
        while (_waiting.First is { } first && HasRoom(first.Value.Bytes))
        {
            _waiting.RemoveFirst();
            _large += first.Value.Bytes;
            first.Value.TrySetResult();
        }
    }

    private void Cancel(IntakeWaiter waiter, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_waiting.Remove(waiter))
            {
                return;
            }

            Admit();
        }

        waiter.TrySetCanceled(cancellationToken);
    }
}
