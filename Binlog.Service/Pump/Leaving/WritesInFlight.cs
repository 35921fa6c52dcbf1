using Binlog.Service.Signals;
using Microsoft.AspNetCore.Http;

namespace Binlog.Service.Pump.Leaving;

/// <summary>
/// Knows which WriteBinlog calls are on their way, so that a Pump which takes no new transactions can wait until none is left that
/// was let in before. Thread-safe.
/// </summary>
/// <remarks>
/// Calls count into one of two slots. Waiting turns new calls to the other slot and waits for the first to run empty, and then the
/// other way round: so it ends under any load, and has waited for every call of before.
/// </remarks>
internal sealed class WritesInFlight
{
    private const string Path = "/binlog.Pump/WriteBinlog";

    private readonly int[] _calls = new int[2];
    private readonly AdvanceSignal _drained = new();
    private int _slot;

    /// <summary>Puts the count around the calls of a node's port.</summary>
    public RequestDelegate Count(RequestDelegate next) => context => context.Request.Path.Value == Path ? CountAsync(context, next) : next(context);

    /// <summary>Returns when every call that is on its way now has ended. One caller at a time.</summary>
    public async Task WaitForPresentAsync(CancellationToken cancellationToken)
    {
        await TurnAsync(cancellationToken);
        await TurnAsync(cancellationToken);
    }

    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        int old = _slot;
        Interlocked.Exchange(ref _slot, 1 - old);
        while (true)
        {
            Task drained = _drained.Next;
            if (Volatile.Read(ref _calls[old]) == 0)
            {
                return;
            }

            await drained.WaitAsync(cancellationToken);
        }
    }

    private async Task CountAsync(HttpContext context, RequestDelegate next)
    {
        int slot = Enter();
        try
        {
            await next(context);
        }
        finally
        {
            Leave(slot);
        }
    }

    private int Enter()
    {
        while (true)
        {
            int slot = Volatile.Read(ref _slot);
            Interlocked.Increment(ref _calls[slot]);
            if (slot == Volatile.Read(ref _slot))
            {
                return slot;
            }

            Leave(slot);
        }
    }

    private void Leave(int slot)
    {
        if (Interlocked.Decrement(ref _calls[slot]) == 0 && slot != Volatile.Read(ref _slot))
        {
            _drained.Pulse();
        }
    }
}
