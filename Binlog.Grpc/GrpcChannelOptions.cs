using Binlog.Grpc.Framing;

namespace Binlog.Grpc;

/// <summary>Settings of a channel.</summary>
public sealed record GrpcChannelOptions
{
    /// <summary>The longest message that is received, in bytes, also after decompression. 0 to 2,000,000,000; default 512 MiB.</summary>
    public int MaxReceiveMessageBytes { get; init; } = MessageLimits.DefaultMaxMessageBytes;

    /// <summary>The longest message that is sent, in bytes, before compression. 0 to 2,000,000,000; default 512 MiB.</summary>
    public int MaxSendMessageBytes { get; init; } = MessageLimits.DefaultMaxMessageBytes;

    /// <summary>How many bytes of a response may have been received ahead of its reader. 65,535 to 16 MiB; default 2 MiB.</summary>
    public int ReceiveWindowBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>Files for TLS. Used for https addresses only; <c>null</c> there: the system's authorities, no client certificate.</summary>
    public GrpcTls? Tls { get; init; }

    /// <summary><c>"gzip"</c> compresses requests; <c>null</c> or <c>"identity"</c> doesn't. Compressed answers are always accepted.</summary>
    public string? Compression { get; init; }

    /// <summary>How long connecting may take, TLS included. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After so long without a frame from the server while calls run, it is pinged. Default 30 s; <see cref="Timeout.InfiniteTimeSpan"/>: never.</summary>
    public TimeSpan KeepAlivePingDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a ping may stay unanswered before the connection counts as dead. Default 15 s.</summary>
    public TimeSpan KeepAlivePingTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Clock for deadlines.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
