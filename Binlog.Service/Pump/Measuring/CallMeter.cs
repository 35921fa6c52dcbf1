using System.Collections.Frozen;
using Binlog.Service.GrpcServer;
using Binlog.Service.Metrics;
using Grpc.Core;

namespace Binlog.Service.Pump.Measuring;

/// <summary>Measures a Pump's gRPC calls. A pull that the Drainer ends has done its work, so it counts as a success.</summary>
internal sealed class CallMeter : IGrpcCallObserver
{
    private const string Write = "WriteBinlog";
    private const string Pull = "PullBinlogs";

    private readonly PumpMetrics _metrics;
    private readonly FrozenDictionary<string, (Histogram Succeeded, Histogram Failed)> _durations;

    public CallMeter(PumpMetrics metrics)
    {
        _metrics = metrics;
        _durations = new[] { Write, Pull }.ToFrozenDictionary(
            name => name, name => (metrics.RpcDurations.With(name, "succ"), metrics.RpcDurations.With(name, "fail")), StringComparer.Ordinal);
    }

    public void CallBegun(IMethod method)
    {
        if (method.Name == Pull)
        {
            _metrics.Pullers.Add(1);
        }
    }

    public void CallEnded(IMethod method, TimeSpan duration, StatusCode status)
    {
        bool isPull = method.Name == Pull;
        if (isPull)
        {
            _metrics.Pullers.Add(-1);
        }

        if (_durations.TryGetValue(method.Name, out (Histogram Succeeded, Histogram Failed) durations))
        {
            bool succeeded = status == StatusCode.OK || (isPull && status == StatusCode.Cancelled);
            (succeeded ? durations.Succeeded : durations.Failed).Observe(duration);
        }
    }
}
