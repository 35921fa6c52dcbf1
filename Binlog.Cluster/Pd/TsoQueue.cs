using System.Threading.Channels;

namespace Binlog.Cluster.Pd;

/// <summary>Callers that wait for timestamps and are not part of a request yet. Any thread adds; one loop takes.</summary>
internal sealed class TsoQueue
{
    private readonly Channel<TsoWaiter> _arriving = Channel.CreateBounded<TsoWaiter>(new BoundedChannelOptions(PdLimits.MaxTsoWaiters) { SingleReader = true });

    // Callers whose request got no answer; they go first.
    private readonly Queue<TsoWaiter> _returned = new();

    /// <summary>Adds a caller; waits for room.</summary>
    public ValueTask AddAsync(TsoWaiter waiter, CancellationToken cancellationToken) => _arriving.Writer.WriteAsync(waiter, cancellationToken);

    /// <summary>Puts callers back whose request got no answer.</summary>
    public void Return(IEnumerable<TsoBatch> batches)
    {
        foreach (TsoWaiter waiter in batches.SelectMany(batch => batch.Waiters))
        {
            _returned.Enqueue(waiter);
        }
    }

    /// <summary>Completes when somebody waits.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        while (!TryPeek(out _))
        {
            await _arriving.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes as many callers as may share a request; null when nobody waits.</summary>
    public TsoBatch? TakeBatch()
    {
        var waiters = new List<TsoWaiter>();
        int count = 0;
        while (TryPeek(out TsoWaiter? waiter) && (waiters.Count == 0 || count + waiter.Count <= PdLimits.MaxSharedTsoCount))
        {
            Take();
            waiters.Add(waiter);
            count += waiter.Count;
        }

        return waiters.Count == 0 ? null : new TsoBatch(waiters, count);
    }

    /// <summary>Ends the waiting of all with an error.</summary>
    public void FailAll(Exception exception)
    {
        while (TryPeek(out TsoWaiter? waiter))
        {
            Take();
            waiter.Fail(exception);
        }
    }

    // Drops those who gave up.
    private bool TryPeek([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TsoWaiter? waiter)
    {
        while (_returned.TryPeek(out waiter) || _arriving.Reader.TryPeek(out waiter))
        {
            if (!waiter.IsDone)
            {
                return true;
            }

            Take();
        }

        return false;
    }

    private void Take()
    {
        if (!_returned.TryDequeue(out _))
        {
            _arriving.Reader.TryRead(out _);
        }
    }
}
