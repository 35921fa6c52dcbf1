using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Deciding;
using Binlog.TestKit.Time;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Pump.Deciding;

/// <summary>The endpoints of deciding on a loopback port, over a fake store.</summary>
internal sealed class DecidingServer : IAsyncDisposable
{
    private TransactionDeciding? _deciding;
    private NodeServer? _server;

    private DecidingServer() => Store = new FakeUndecidedStore(Time);

    public SkippingTimeProvider Time { get; } = new(TimeSpan.Zero);

    public FakeUndecidedStore Store { get; }

    public HostPort Address => _server!.BoundAddress;

    public FateLoop Asking => _deciding!.Asking!;

    public static async Task<DecidingServer> StartAsync(ITransactionFate? source = null)
    {
        var server = new DecidingServer();
        server._deciding = new TransactionDeciding(server.Store, source, new ClusterTime(server.Time), TimeSpan.FromSeconds(30), () => $"{server.Address}", server.Time, NullLogger.Instance);
        server._server = await NodeServer.StartAsync(
            new NodeServerOptions { Key = "test", Listen = new HostPort("127.0.0.1", 0), Endpoints = server._deciding.Endpoints }, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);
        return server;
    }

    public Uri Uri(string path) => new($"http://{Address}{path}");

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        await _deciding!.DisposeAsync();
    }
}
