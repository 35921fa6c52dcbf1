using Grpc.Core;

namespace Binlog.Service.Pump.Serving;

/// <summary>
/// How many pulls run at a time: one that isn't read keeps a window, records and a part of its response, whatever else is done, so only
/// their number bounds their memory. Thread-safe.
/// </summary>
internal sealed class PullLimit(int most)
{
    private int _count;

    /// <summary>Takes a place, for <see cref="Leave"/> to give back.</summary>
    /// <exception cref="RpcException">There is none.</exception>
    public void Enter()
    {
        if (Interlocked.Increment(ref _count) > most)
        {
            Leave();
            throw new RpcException(new Status(
                StatusCode.ResourceExhausted,
                $"{most} pulls run on this Pump already, as many as its memory allows; the metric binlog_pump_pullers counts them. Try again when one has ended; if so many Drainers are meant to pull it, raise pump.memoryLimit (a pull for every {PumpMemory.BytesForPull >> 20} MiB)."));
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Leave() => Interlocked.Decrement(ref _count);
}
