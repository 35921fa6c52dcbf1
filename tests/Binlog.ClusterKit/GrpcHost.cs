using System.Net;
using Binlog.Service.GrpcServer;
using Binlog.Service.GrpcServer.Listening;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.ClusterKit;

/// <summary>gRPC services of a double on a loopback port. It can be stopped and started again on the same port, as a server that is killed.</summary>
internal sealed class GrpcHost : IAsyncDisposable
{
    private readonly ServerServiceDefinition[] _services;
    private readonly ServerTls? _tls;
    private readonly Action<IApplicationBuilder>? _first;
    private WebApplication? _app;

    private GrpcHost(ServerServiceDefinition[] services, ServerTls? tls, Action<IApplicationBuilder>? first) => (_services, _tls, _first) = (services, tls, first);

    /// <summary>The port it listens on; the same after a restart.</summary>
    public int Port { get; private set; }

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string Address => $"127.0.0.1:{Port}";

    /// <summary>Starts serving.</summary>
    /// <param name="services">What it serves.</param>
    /// <param name="tls">Files of TLS; null serves cleartext.</param>
    /// <param name="port">The port; 0 takes a free one.</param>
    /// <param name="first">Adds what looks at requests before the services do, at every start; null: nothing.</param>
    public static async Task<GrpcHost> StartAsync(ServerServiceDefinition[] services, ServerTls? tls = null, int port = 0, Action<IApplicationBuilder>? first = null)
    {
        var host = new GrpcHost(services, tls, first) { Port = port };
        await host.StartAsync();
        return host;
    }

    /// <summary>Starts again on the same port after <see cref="StopAsync"/>.</summary>
    public async Task StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenGrpcAndHttp(new IPEndPoint(IPAddress.Loopback, Port), _tls));
        WebApplication app = builder.Build();
        _first?.Invoke(app);
        app.UseGrpc(new GrpcServerOptions(), _services);
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        _app = app;
        Port = new Uri(app.Urls.Single()).Port;
    }

    /// <summary>Ends at once: calls under way are cut off.</summary>
    public async Task StopAsync()
    {
        if (_app is not { } app)
        {
            return;
        }

        _app = null;
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await app.StopAsync(atOnce.Token);
        await app.DisposeAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await StopAsync();
}
