using Binlog.Grpc.Framing;

namespace Binlog.Service.GrpcServer;

/// <summary>Settings of the gRPC server.</summary>
public sealed record GrpcServerOptions
{
    /// <summary>The longest message that is received, in bytes, also after decompression. Default 512 MiB.</summary>
    public int MaxReceiveMessageBytes { get; init; } = MessageLimits.DefaultMaxMessageBytes;

    /// <summary>The longest message that is sent, in bytes, before compression. Default 512 MiB.</summary>
    public int MaxSendMessageBytes { get; init; } = MessageLimits.DefaultMaxMessageBytes;

    /// <summary>
    /// Whether answers are compressed for every caller that accepts gzip. Default <c>false</c>: only for callers that
    /// compress their requests too.
    /// </summary>
    public bool CompressAlways { get; init; }

    /// <summary>Is told of every call; null: nobody.</summary>
    public IGrpcCallObserver? Observer { get; init; }

    /// <summary>Clock for deadlines and for what the observer is told.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
