using Grpc.Core;

namespace Binlog.Grpc.Framing;

/// <summary>Limits of message sizes and the errors that name them.</summary>
internal static class MessageLimits
{
    /// <summary>512 MiB: a TiDB transaction may be as large as its configuration allows, far beyond gRPC's usual 4 MiB.</summary>
    public const int DefaultMaxMessageBytes = 512 * 1024 * 1024;

    // TiDB's Pump Client looks for the words "trying to send/received message larger than max" to report a transaction
    // that is too large instead of trying again.
    public static RpcException TooLargeToReceive(long length, int limit) =>
        new(new Status(StatusCode.ResourceExhausted, $"grpc: received message larger than max ({length} vs. {limit} bytes). Raise the receiver's message limit or send less at once."));

    public static RpcException TooLargeToSend(long length, int limit) =>
        new(new Status(StatusCode.ResourceExhausted, $"grpc: trying to send message larger than max ({length} vs. {limit} bytes). Raise the sender's message limit or send less at once."));

    public static RpcException InflatedTooLarge(long length, int limit) =>
        new(new Status(StatusCode.ResourceExhausted, $"grpc: received message larger than max (at least {length} after decompression vs. {limit} bytes). Raise the receiver's message limit or send less at once."));
}
