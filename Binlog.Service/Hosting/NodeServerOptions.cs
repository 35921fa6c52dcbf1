using Binlog.Service.Configuration;
using Binlog.Service.GrpcServer.Listening;
using Binlog.Service.GrpcServer;
using Binlog.Service.Hosting.Http;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Binlog.Service.Hosting;

/// <summary>What a node's port serves.</summary>
internal sealed record NodeServerOptions
{
    /// <summary>The configuration key of the address, for messages.</summary>
    public required string Key { get; init; }

    /// <summary>The address; port 0 takes a free one.</summary>
    public required HostPort Listen { get; init; }

    /// <summary>Absolute path of a Unix socket to listen on too; null for none.</summary>
    public string? Socket { get; init; }

    /// <summary>Put around the handling of every request; null for nothing.</summary>
    public Func<RequestDelegate, RequestDelegate>? Around { get; init; }

    /// <summary>The longest gRPC message that is received, in bytes.</summary>
    public int MaxMessageBytes { get; init; } = 512 << 20;

    /// <summary>TLS files; null serves cleartext.</summary>
    public ServerTls? Tls { get; init; }

    /// <summary>Is told of every gRPC call; null: nobody.</summary>
    public IGrpcCallObserver? Observer { get; init; }

    /// <summary>gRPC services.</summary>
    public IReadOnlyList<ServerServiceDefinition> Services { get; init; } = [];

    /// <summary>gRPC methods that read and write their messages themselves.</summary>
    public IReadOnlyList<RawMethod> RawMethods { get; init; } = [];

    /// <summary>HTTP requests that are answered.</summary>
    public IReadOnlyList<HttpEndpoint> Endpoints { get; init; } = [];
}
