using System.Net;
using Binlog.Service.Configuration;
using Binlog.Service.GrpcServer.Listening;
using Binlog.Service.GrpcServer;
using Binlog.Service.Hosting.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Hosting;

/// <summary>A node's port: its gRPC services and its HTTP endpoints, on one address.</summary>
internal sealed class NodeServer : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly WebApplication _application;

    private NodeServer(WebApplication application, HostPort boundAddress)
    {
        _application = application;
        BoundAddress = boundAddress;
    }

    /// <summary>The address as configured, with the port that was really taken.</summary>
    public HostPort BoundAddress { get; }

    /// <summary>Starts listening.</summary>
    /// <exception cref="StartFailedException">The address can't be listened on.</exception>
    public static async Task<NodeServer> StartAsync(NodeServerOptions options, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        (string key, HostPort listen) = (options.Key, options.Listen);
        IPEndPoint endPoint = await ResolveAsync(key, listen, cancellationToken);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenGrpcAndHttp(endPoint, null));
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = StopTimeout);
        WebApplication application = builder.Build();
        application.UseGrpc(new GrpcServerOptions { MaxReceiveMessageBytes = options.MaxMessageBytes }, options.Services, options.RawMethods);
        application.Run(new HttpEndpointTable(options.Endpoints).AnswerAsync);
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch (Exception exception) when (ListenFailure.Explain(exception) is { } explanation)
        {
            await application.DisposeAsync();
            throw new StartFailedException($"{key} is {listen}: {explanation}", exception);
        }

        string bound = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new NodeServer(application, listen with { Port = new Uri(bound).Port });
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        using var timeout = new CancellationTokenSource(StopTimeout);
        await _application.StopAsync(timeout.Token);
        await _application.DisposeAsync();
    }

    private static async Task<IPEndPoint> ResolveAsync(string key, HostPort listen, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(listen.Host, out IPAddress? address))
        {
            return new IPEndPoint(address, listen.Port);
        }

        try
        {
            IPAddress[] addresses = await Dns.GetHostAddressesAsync(listen.Host, cancellationToken);
            return new IPEndPoint(addresses.OrderBy(found => found.AddressFamily).First(), listen.Port);
        }
        catch (Exception exception) when (exception is System.Net.Sockets.SocketException or InvalidOperationException)
        {
            throw new StartFailedException($"{key} is {listen}: the name {listen.Host} has no address ({exception.Message}). Write an IP address, or 0.0.0.0 for all.", exception);
        }
    }
}
