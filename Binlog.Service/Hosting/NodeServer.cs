using System.Net;
using Binlog.Service.Configuration;
using Binlog.Service.GrpcServer.Listening;
using Binlog.Service.GrpcServer;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Hosting;

/// <summary>A node's port: its gRPC services and its HTTP endpoints, on one address.</summary>
internal sealed class NodeServer : IAsyncDisposable
{
    /// <summary>The longest gRPC message of a node that sets no limit of its own.</summary>
    public const int DefaultMaxMessageBytes = 512 << 20;

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
    /// <param name="key">The configuration key of the address, for messages.</param>
    /// <param name="listen">The address.</param>
    /// <param name="maxMessageBytes">The longest gRPC message that is received.</param>
    /// <param name="services">gRPC services.</param>
    /// <param name="gets">HTTP endpoints by path; they answer GET.</param>
    /// <param name="loggers">Where the server logs.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="StartFailedException">The address can't be listened on.</exception>
    public static async Task<NodeServer> StartAsync(
        string key,
        HostPort listen,
        int maxMessageBytes,
        ServerServiceDefinition[] services,
        IReadOnlyDictionary<string, Func<HttpContext, Task>> gets,
        ILoggerFactory loggers,
        CancellationToken cancellationToken)
    {
        IPEndPoint endPoint = await ResolveAsync(key, listen, cancellationToken);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenGrpcAndHttp(endPoint, null));
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(options => options.ShutdownTimeout = StopTimeout);
        WebApplication application = builder.Build();
        application.UseGrpc(new GrpcServerOptions { MaxReceiveMessageBytes = maxMessageBytes }, services);
        application.Run(context => AnswerAsync(context, gets));
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

    private static Task AnswerAsync(HttpContext context, IReadOnlyDictionary<string, Func<HttpContext, Task>> gets)
    {
        if (!gets.TryGetValue(context.Request.Path.Value ?? "", out Func<HttpContext, Task>? answer))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return context.Response.WriteAsync($"There is nothing at {context.Request.Path}. There is: {string.Join(", ", gets.Keys)}\n");
        }

        if (!HttpMethods.IsGet(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = "GET";
            return context.Response.WriteAsync($"{context.Request.Path} answers GET only.\n");
        }

        return answer(context);
    }
}
