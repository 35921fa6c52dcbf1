namespace Binlog.RelayLog.Committing;

/// <summary>
/// Queues appends and commits them in groups. When nothing is going on, the appender's own thread commits its append, which saves two
/// thread switches; what arrives meanwhile forms the next group, which the log's own thread commits. Thread-safe.
/// </summary>
internal sealed class CommitQueue : IAsyncDisposable
{
    private const long MaxGroupBytes = 16L << 20;

    private readonly Lock _gate = new();
    private readonly Queue<AppendRequest> _admitted = new();
    private readonly Queue<AppendRequest> _waiting = new();
    private readonly List<AppendRequest> _group = [];
    private readonly LogWriter _writer;
    private readonly long _maxPendingBytes;
    private readonly string _name;
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly Thread _thread;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _pendingBytes;
    private bool _busy;
    private bool _closed;
    private volatile bool _stopped;

    public CommitQueue(LogWriter writer, SegmentedLogOptions options)
    {
        _writer = writer;
        _maxPendingBytes = options.MaxPendingBytes;
        _name = options.Name;
        _thread = new Thread(Run) { IsBackground = true, Name = $"{options.Name} writer" };
        _thread.Start();
    }

    /// <summary>Queues a prepared request; its task tells the outcome.</summary>
    public ValueTask<LogPosition> Append(AppendRequest request, CancellationToken cancellationToken)
    {
        short version = request.Version;
        bool lead;
        lock (_gate)
        {
            if (_closed)
            {
                request.Release();
                throw new ObjectDisposedException(_name);
            }

            Enqueue(request, cancellationToken);
            lead = !_busy;
            _busy = true;
        }

        if (lead)
        {
            CommitGroup();
            HandOver();
        }

        return new ValueTask<LogPosition>(request, version);
    }

    /// <summary>Refuses further appends, waits for the queued ones, and ends the thread.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _closed = true;
            if (!_busy)
            {
                _drained.TrySetResult();
            }
        }

        await _drained.Task.ConfigureAwait(false);
        _stopped = true;
        _wake.Set();
        _thread.Join();
        _wake.Dispose();
    }

    private void Enqueue(AppendRequest request, CancellationToken cancellationToken)
    {
        if (_waiting.Count == 0 && HasRoom(request))
        {
            Admit(request);
            return;
        }

        request.State = AppendState.Waiting;
        _waiting.Enqueue(request);
        if (cancellationToken.CanBeCanceled)
        {
            CancelWhenAsked(request, cancellationToken);
        }
    }

    /// <summary>A method of its own, because the closure would otherwise be allocated for every append.</summary>
    private void CancelWhenAsked(AppendRequest request, CancellationToken cancellationToken)
    {
        short version = request.Version;
        request.Cancellation = cancellationToken.UnsafeRegister((_, token) => Cancel(request, version, token), null);
    }

    private bool HasRoom(AppendRequest request) => _pendingBytes == 0 || _pendingBytes + request.Bytes <= _maxPendingBytes;

    private void Admit(AppendRequest request)
    {
        request.State = AppendState.Admitted;
        _pendingBytes += request.Bytes;
        _admitted.Enqueue(request);
    }

    private void Cancel(AppendRequest request, short version, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (request.Version != version || request.State != AppendState.Waiting)
            {
                return;
            }

            request.State = AppendState.Cancelled;
        }

        request.Cancel(cancellationToken);
    }

    private void Run()
    {
        while (true)
        {
            _wake.WaitOne();
            if (_stopped)
            {
                return;
            }

            do
            {
                CommitGroup();
            }
            while (HasMore());
        }
    }

    private void HandOver()
    {
        if (HasMore())
        {
            _wake.Set();
        }
    }

    /// <summary>Whoever is busy stays so while there is work.</summary>
    private bool HasMore()
    {
        lock (_gate)
        {
            if (_admitted.Count > 0)
            {
                return true;
            }

            _busy = false;
            if (_closed)
            {
                _drained.TrySetResult();
            }

            return false;
        }
    }

    private void CommitGroup()
    {
        long bytes = 0;
        lock (_gate)
        {
            while (bytes < MaxGroupBytes && _admitted.TryDequeue(out AppendRequest? request))
            {
                bytes += request.Bytes;
                _group.Add(request);
            }
        }

        _writer.Commit(_group);
        _group.Clear();
        lock (_gate)
        {
            _pendingBytes -= bytes;
            AdmitWaiting();
        }
    }

    private void AdmitWaiting()
    {
        while (_waiting.TryPeek(out AppendRequest? request))
        {
            if (request.State == AppendState.Cancelled)
            {
                _waiting.Dequeue();
                continue;
            }

            if (!HasRoom(request))
            {
                return;
            }

            _waiting.Dequeue();
            request.Cancellation.Unregister();
            Admit(request);
        }
    }
}
