using System.Net;
using Binlog.Grpc.Tests.Contracts;
using Binlog.Service.GrpcServer;
using Binlog.Service.GrpcServer.Listening;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Binlog.Grpc.Tests.Fixtures;

/// <summary>The echo service on a real port (or Unix socket), beside GET /status.</summary>
public sealed class EchoHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EchoHost(WebApplication app, EchoService service)
    {
        _app = app;
        Service = service;
    }

    public EchoService Service { get; }

    public int Port => new Uri(_app.Urls.First(u => !u.Contains("unix:", StringComparison.Ordinal))).Port;

    public string Address => $"http://127.0.0.1:{Port}";

    public static async Task<EchoHost> StartAsync(GrpcServerOptions? options = null, ServerTls? tls = null, string? socketPath = null, int port = 0, TimeProvider? time = null)
    {
        var service = new EchoService();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (Environment.GetEnvironmentVariable("ECHO_LOG") is { } level)
        {
            builder.Logging.AddSimpleConsole().SetMinimumLevel(Enum.Parse<LogLevel>(level));
        }

        if (time is not null)
        {
            builder.Services.AddSingleton(time);
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            if (socketPath is null)
            {
                kestrel.ListenGrpcAndHttp(new IPEndPoint(IPAddress.Loopback, port), tls);
            }
            else
            {
                kestrel.ListenGrpcUnixSocket(socketPath);
            }
        });
        var app = builder.Build();
        app.UseGrpc(options ?? new GrpcServerOptions(), Echo.BindService(service));
        app.Run(http => http.Request.Path == "/status"
            ? http.Response.WriteAsync("well, over " + http.Request.Protocol)
            : NotFound(http));
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return new EchoHost(app, service);
    }

    public GrpcChannel CreateChannel(GrpcChannelOptions? options = null) => GrpcChannel.ForAddress(Address, options ?? new GrpcChannelOptions());

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await _app.StopAsync(atOnce.Token);
        await _app.DisposeAsync();
    }

    private static Task NotFound(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
