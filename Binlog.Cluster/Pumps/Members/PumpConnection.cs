using Binlog.Cluster.Contracts;
using Binlog.Grpc;

namespace Binlog.Cluster.Pumps.Members;

/// <summary>A channel to a Pump, and the calls that it offers. Thread-safe.</summary>
internal sealed class PumpConnection(GrpcChannel channel) : IDisposable
{
    public Pump.PumpClient Client { get; } = new(channel);

    /// <summary>Closes the channel; calls under way are cut off.</summary>
    public void Dispose() => channel.Dispose();
}
