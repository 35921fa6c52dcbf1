using Binlog.Grpc;

namespace Binlog.Cluster.Pd;

/// <summary>Settings of a <see cref="PdClient"/>.</summary>
public sealed record PdClientOptions
{
    /// <summary>
    /// Client URLs of one or more PD members: <c>http://host:port</c>, <c>https://host:port</c>, or <c>host:port</c>, which uses TLS when there are
    /// TLS files. The others are learned from PD. At least one.
    /// </summary>
    public required IReadOnlyList<string> Endpoints { get; init; }

    /// <summary>TLS files; null trusts the system's authorities and shows no certificate.</summary>
    public GrpcTls? Tls { get; init; }

    /// <summary>Clock for deadlines, pauses and ages.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The ID that PD's cluster must have; null accepts any, but only one.</summary>
    public ulong? ExpectedClusterId { get; init; }

    /// <summary>Whether servers on other machines may be reached in cleartext. Default true.</summary>
    public bool AllowsCleartext { get; init; } = true;
}
