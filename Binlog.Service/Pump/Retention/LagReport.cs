using System.Collections.Concurrent;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Retention;

/// <summary>Warns of Drainers that hold binlogs back, and of those that will soon miss some. One caller reports; anybody may read the counts.</summary>
internal sealed partial class LagReport(ILogger logger)
{
    private readonly ConcurrentDictionary<string, long> _endangered = new();

    /// <summary>How often each Drainer was found in danger of missing binlogs, by node ID. The original counts the same as binlog purge.</summary>
    public IReadOnlyDictionary<string, long> Endangered => _endangered;

    /// <summary>One line for each Drainer that is worth one.</summary>
    public void Write(IReadOnlyList<DrainerLag> lags)
    {
        foreach (DrainerLag lag in lags)
        {
            DrainerPosition drainer = lag.Drainer;
            if (lag.IsEndangered || lag.IsTooLate)
            {
                _endangered.AddOrUpdate(drainer.NodeId, 1, (_, count) => count + 1);
                LogEndangered(drainer.NodeId, drainer.Address, drainer.State, drainer.CommitTs, TextOf(lag.Lag), lag.HeldBackBytes);
            }
            else if (lag.HeldBackBytes > 0)
            {
                LogHoldsBack(drainer.NodeId, drainer.Address, drainer.State, drainer.CommitTs, TextOf(lag.Lag), lag.HeldBackBytes);
            }
        }
    }

    private static string TextOf(TimeSpan? lag) => lag is { } known ? TimeSpan.FromSeconds(Math.Floor(known.TotalSeconds)).ToString() : "an unknown time";

    [LoggerMessage(EventIds.PumpDrainerHoldsBack, LogLevel.Warning, "The Drainer {NodeId} at {Address} ({State}) is at commit TS {CommitTs}, {Lag} behind, and holds back about {Bytes} bytes of old binlogs. Let it catch up; if it will never come back, take it offline, and they are removed.")]
    private partial void LogHoldsBack(string nodeId, string address, Cluster.Registry.NodeState state, ulong commitTs, string lag, long bytes);

    [LoggerMessage(EventIds.PumpDrainerEndangered, LogLevel.Warning, "The Drainer {NodeId} at {Address} ({State}) is at commit TS {CommitTs}, {Lag} behind, and misses binlogs already or will soon: the limits do not wait for it (about {Bytes} bytes that it needs are over them). Let it catch up, raise pump.retention.age or pump.retention.size, or set pump.retention.drainers to keep.")]
    private partial void LogEndangered(string nodeId, string address, Cluster.Registry.NodeState state, ulong commitTs, string lag, long bytes);
}
