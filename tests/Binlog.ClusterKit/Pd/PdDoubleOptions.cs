using Binlog.Service.GrpcServer.Listening;

namespace Binlog.ClusterKit.Pd;

/// <summary>What a <see cref="PdDouble"/> is to be.</summary>
internal sealed record PdDoubleOptions
{
    /// <summary>How many members it has: 1 to 3.</summary>
    public int Members { get; init; } = 1;

    /// <summary>Its cluster's ID.</summary>
    public ulong ClusterId { get; init; } = 6_912_345_678_901_234_567;

    /// <summary>TLS files of the members; null serves cleartext.</summary>
    public ServerTls? Tls { get; init; }

    /// <summary>A real etcd, cleartext, that answers the calls of etcd's API; null: the members have none.</summary>
    public string? EtcdAddress { get; init; }

    /// <summary>Clock of the timestamps and of safe points' expiry.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
