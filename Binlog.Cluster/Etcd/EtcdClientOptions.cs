using Binlog.Grpc;

namespace Binlog.Cluster.Etcd;

/// <summary>Where etcd is and how to get in.</summary>
public sealed record EtcdClientOptions
{
    /// <summary>Client addresses of its members: <c>host:port</c>, <c>http://host:port</c> or <c>https://host:port</c>; at least one.</summary>
    public required IReadOnlyList<string> Endpoints { get; init; }

    /// <summary>Name of etcd's user. <c>null</c>: no authentication by password.</summary>
    public string? User { get; init; }

    /// <summary>Password of <see cref="User"/>.</summary>
    public string? Password { get; init; }

    /// <summary>TLS files. An address without a scheme uses TLS when this is set.</summary>
    public GrpcTls? Tls { get; init; }

    /// <summary>Clock for deadlines and pauses.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long a call may take, with all its tries at several members. Default 5 s: half of a node's lease.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one member may take when there are others to ask. Default 2 s.</summary>
    public TimeSpan MemberTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <inheritdoc />
    public override string ToString() => $"etcd at {string.Join(", ", Endpoints)}{(User is null ? "" : $" as user {User}")}";

    /// <summary>Whether servers on other machines may be reached in cleartext. Default true.</summary>
    public bool AllowsCleartext { get; init; } = true;
}
