using System.Collections.Frozen;
using Binlog.Service.GrpcServer;
using Binlog.Service.Metrics;
using Grpc.Core;

namespace Binlog.Service.Pump.Measuring;

/// <summary>Measures a Pump's gRPC calls. A pull that the Drainer ends has done its work, so it counts as a success.</summary>
internal sealed class CallMeter : IGrpcCallObserver
{
    private const string Service = "/binlog.Pump/";
    private const string Pull = Service + "PullBinlogs";
    private static readonly string[] Methods = ["WriteBinlog", "PullBinlogs"];

    private readonly PumpMetrics _metrics;
    private readonly FrozenDictionary<string, (Histogram Succeeded, Histogram Failed)> _durations;

    public CallMeter(PumpMetrics metrics)
    {
        _metrics = metrics;
        _durations = Methods.ToFrozenDictionary(
            name => Service + name, name => (metrics.RpcDurations.With(name, "succ"), metrics.RpcDurations.With(name, "fail")), StringComparer.Ordinal);
    }

    public void CallBegun(string method)
    {
        if (method == Pull)
        {
            _metrics.Pullers.Add(1);
        }
    }

    public void CallEnded(string method, TimeSpan duration, StatusCode status)
    {
        bool isPull = method == Pull;
        if (isPull)
        {
            _metrics.Pullers.Add(-1);
        }

        if (_durations.TryGetValue(method, out (Histogram Succeeded, Histogram Failed) durations))
        {
            bool succeeded = status == StatusCode.OK || (isPull && status == StatusCode.Cancelled);
            (succeeded ? durations.Succeeded : durations.Failed).Observe(duration);
        }
    }
}
