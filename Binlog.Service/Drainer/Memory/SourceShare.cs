using Binlog.Service.Signals;

namespace Binlog.Service.Drainer.Memory;

/// <summary>What one source holds of a <see cref="SourceBudget"/>, and whether it has a binlog in a file. One takes, any thread releases.</summary>
internal sealed class SourceShare(SourceBudget budget)
{
    private readonly Lock _lock = new();
    private readonly AdvanceSignal _released = new();
    private long _held;
    private bool _hasFile;
    private bool _isWaiting;
    private bool _isWaitingForFile;
    private bool _hasLeft;

    /// <summary>Whether the taker waits until something is released.</summary>
    public bool IsAwaited
    {
        get
        {
            lock (_lock)
            {
                return _isWaiting || _isWaitingForFile;
            }
        }
    }

    /// <summary>Bytes that the source holds in memory.</summary>
    public long Held
    {
        get
        {
            lock (_lock)
            {
                return _held;
            }
        }
    }

    /// <summary>Takes memory for a binlog; waits while there is none, as long as the source holds something that will be released.</summary>
    /// <returns>False when the source holds nothing and there is no room: the binlog has to go through a file.</returns>
    public async ValueTask<bool> TakeAsync(long count, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task released = _released.Next;
            lock (_lock)
            {
                if (_held + count <= budget.Part && budget.TryTake(count))
                {
                    _held += count;
                    _isWaiting = false;
                    return true;
                }

                if (_held == 0)
                {
                    _isWaiting = false;
                    return false;
                }

                _isWaiting = true;
            }

            await released.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Gives memory back.</summary>
    public void Release(long count)
    {
        bool wakes;
        lock (_lock)
        {
            _held -= count;
            budget.Release(count);

            // Not at every step: whoever waits is to find room for more than one.
            wakes = _isWaiting && _held <= budget.Part / 2;
            _isWaiting &= !wakes;
        }

        if (wakes)
        {
            _released.Pulse();
        }
    }

    /// <summary>Takes the place of the one binlog in a file that a source may have; waits while it is taken.</summary>
    public async ValueTask TakeFileAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task released = _released.Next;
            lock (_lock)
            {
                _isWaitingForFile = _hasFile;
                if (!_hasFile)
                {
                    _hasFile = true;
                    return;
                }
            }

            await released.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Gives that place back.</summary>
    public void ReleaseFile()
    {
        lock (_lock)
        {
            _hasFile = false;
        }

        _released.Pulse();
    }

    /// <summary>Nothing more is taken; what is held is released as it is merged.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            if (_hasLeft)
            {
                return;
            }

            _hasLeft = true;
        }

        budget.Leave();
    }
}
