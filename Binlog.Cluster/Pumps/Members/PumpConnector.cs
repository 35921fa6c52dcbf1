using Binlog.Grpc;

namespace Binlog.Cluster.Pumps.Members;

/// <summary>Opens connections to Pumps, and says what all calls have in common.</summary>
internal sealed class PumpConnector(ulong clusterId, PumpClientOptions options, TimeProvider time)
{
    // Protobuf around the payload of a WriteBinlogReq: two tags, the cluster's ID, the payload's length.
    private const int MaxEnvelopeBytes = 1 + 10 + 1 + 5;

    private readonly GrpcChannelOptions _channelOptions = new() { TimeProvider = time, Tls = options.Tls, MaxSendMessageBytes = options.MaxMessageBytes };

    public ulong ClusterId => clusterId;

    /// <summary>Time limit of calls.</summary>
    public CallLimit Limit { get; } = new(options.CallTimeout, time);

    /// <summary>Whether the strategy asks how busy a Pump is.</summary>
    public bool MeasuresLoad => options.Strategy == PumpStrategy.LeastLoaded;

    public TimeProvider Time => time;

    /// <summary>The longest binlog that surely fits into a message.</summary>
    public long MaxPayloadBytes => options.MaxMessageBytes - MaxEnvelopeBytes;

    /// <summary>Prepares a connection; it is opened by the first call.</summary>
    /// <param name="address"><c>host:port</c>, or an address with a scheme.</param>
    /// <exception cref="ArgumentException">There is no such address.</exception>
    public PumpConnection Open(string address) => new(
        address.Contains("://", StringComparison.Ordinal) ? GrpcChannel.ForAddress(address, _channelOptions) : GrpcChannel.ForPeer(address, _channelOptions));
}
