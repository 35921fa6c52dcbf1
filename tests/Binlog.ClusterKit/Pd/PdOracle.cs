using Binlog.Cluster.Contracts.Pd;

namespace Binlog.ClusterKit.Pd;

/// <summary>
/// The timestamps of a PD: physical milliseconds that never go back by themselves, and a logical part that counts up within one. The members share it, as real ones share
/// what the last leader saved. Thread-safe. Source: tikv/pd, its timestamp oracle.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class PdOracle(TimeProvider time)
{
    private const int MaxLogical = 1 << 18;

    private readonly Lock _lock = new();
    private TimeSpan _offset;
    private long _physical;
    private long _logical;

    /// <summary>Gives out a batch; its answer has the largest logical part.</summary>
    /// <param name="count">1 to 262,143.</param>
    public Timestamp Next(uint count)
    {
        lock (_lock)
        {
            long now = (time.GetUtcNow() + _offset).ToUnixTimeMilliseconds();
            if (now > _physical)
            {
                (_physical, _logical) = (now, 0);
            }

            if (_logical + count >= MaxLogical)
            {
                (_physical, _logical) = (_physical + 1, 0);
            }

            _logical += count;
            return new Timestamp { Physical = _physical, Logical = _logical };
        }
    }

    /// <summary>Goes back, as a PD that was restored from a backup.</summary>
    public void GoBack(TimeSpan by)
    {
        lock (_lock)
        {
            _offset -= by;
            _physical -= (long)by.TotalMilliseconds;
            _logical = 0;
        }
    }
}
