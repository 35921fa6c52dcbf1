using Binlog.Grpc;
using Binlog.Service.Configuration;

namespace Binlog.Service.Commands.Replay;

/// <summary>Options of <c>replay</c>.</summary>
internal sealed record ReplayVerbOptions
{
    /// <summary>Absolute path of the recording.</summary>
    public required string RecordingDirectory { get; init; }

    /// <summary>Pumps that run already; at least one.</summary>
    public required IReadOnlyList<HostPort> Pumps { get; init; }

    /// <summary>Transactions per second at most; null is as fast as possible.</summary>
    public long? Rate { get; init; }

    /// <summary>TLS files; null connects in cleartext.</summary>
    public GrpcTls? Tls { get; init; }

    /// <summary>How long a binlog may wait for a Pump; null keeps the Pump Client's own limits.</summary>
    public TimeSpan? Timeout { get; init; }
}
