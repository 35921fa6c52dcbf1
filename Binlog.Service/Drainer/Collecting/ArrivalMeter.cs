using Binlog.Service.Metrics;
using Binlog.TiDB;

namespace Binlog.Service.Drainer.Collecting;

/// <summary>Measures what arrives from one Pump.</summary>
internal sealed class ArrivalMeter(Histogram sizes, Histogram delays, TimeProvider time)
{
    /// <summary>Notes a binlog. A clock that is behind the cluster's gives 0.</summary>
    public void Note(in PulledBinlog binlog)
    {
        sizes.Observe(binlog.Length);
        delays.Observe(Math.Max(0, time.GetUtcNow().ToUnixTimeMilliseconds() - new Tso(binlog.CommitTs).PhysicalMilliseconds) / 1000.0);
    }
}
