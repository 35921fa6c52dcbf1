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

    /// <summary>How Kestrel names a Unix socket that it listens on.</summary>
    private const string UnixPrefix = "http://unix:";

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
        CheckTls(options);
        IPEndPoint endPoint = await ResolveAsync(key, listen, cancellationToken);
        if (options.Socket is { } path)
        {
            ClearSocket(key[..key.LastIndexOf('.')] + ".socket", path);
        }

        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.ListenGrpcAndHttp(endPoint, options.Tls);
            if (options.Socket is { } socket)
            {
                kestrel.ListenGrpcUnixSocket(socket);
            }
        });
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = StopTimeout);
        WebApplication application = builder.Build();
        if (options.Around is { } around)
        {
            application.Use(around);
        }

        application.UseGrpc(new GrpcServerOptions { MaxReceiveMessageBytes = options.MaxMessageBytes, Observer = options.Observer }, options.Services, options.RawMethods);
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

        string bound = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First(address => !address.StartsWith(UnixPrefix, StringComparison.Ordinal));
        return new NodeServer(application, listen with { Port = new Uri(bound).Port });
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        using var timeout = new CancellationTokenSource(StopTimeout);
        await _application.StopAsync(timeout.Token);
        await _application.DisposeAsync();
    }

    private static void ClearSocket(string key, string path)
    {
        string directory = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(directory))
        {
            throw new StartFailedException($"{key} is {path}: the directory {directory} doesn't exist. Create it, writable for user {Environment.UserName}, or choose another path.");
        }

        try
        {
            StaleSocket.Remove(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartFailedException($"{key} is {path}: {exception.Message}", exception);
        }
    }

    /// <summary>The configuration was checked when it was loaded; the files may have changed since.</summary>
    private static void CheckTls(NodeServerOptions options)
    {
        try
        {
            _ = options.Tls is null ? null : new ServerCertificates(options.Tls);
        }
        catch (InvalidOperationException exception)
        {
            throw new StartFailedException($"{options.Key} can't serve TLS: {exception.Message} Check the section security.", exception);
        }
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
