using System.Threading.Channels;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Hosting.Http;
using Binlog.Service.Metrics;
using Binlog.Service.Tests.Cluster;
using Binlog.Service.Tests.Hosting;
using Binlog.TestKit.Waiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Metrics;

public sealed class MetricsPusherTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private readonly MetricRegistry _registry = new();
    private readonly CollectedLog _log = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Push_GatewayAnswers_GetsTheTextUnderJobAndInstance()
    {
        var pushed = Channel.CreateUnbounded<(string Node, string? Type, string Text)>();
        _registry.Gauge("g", "Help.").Set(4);
        await using NodeServer gateway = await StartGatewayAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            pushed.Writer.TryWrite(((string)context.Request.RouteValues["node"]!, context.Request.ContentType, await reader.ReadToEndAsync(Cancelled)));
        });

        await using MetricsPusher? pusher = Start(gateway.BoundAddress);
        (string node, string? type, string text) = await pushed.Reader.ReadAsync(Cancelled);
        await pushed.Reader.ReadAsync(Cancelled);

        Assert.Equal("pump-1:8250", Uri.UnescapeDataString(node));
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", type);
        Assert.Equal(4, ExpositionParser.Parse(text).Value("g"));
        Assert.Empty(_log.Entries);
    }

    [Fact]
    public async Task Push_GatewayRefusesForAWhile_IsSaidOnceAndWhenItWorksAgain()
    {
        int status = StatusCodes.Status400BadRequest;
        int asked = 0;
        await using NodeServer gateway = await StartGatewayAsync(context =>
        {
            Interlocked.Increment(ref asked);
            context.Response.StatusCode = Volatile.Read(ref status);
            return Task.CompletedTask;
        });

        await using MetricsPusher? pusher = Start(gateway.BoundAddress);
        await Eventually.HoldsAsync("three pushes", () => Volatile.Read(ref asked) > 3, Cancelled);
        Volatile.Write(ref status, StatusCodes.Status202Accepted);
        await Eventually.HoldsAsync("the second line", () => _log.Entries.Count > 1, Cancelled);

        Assert.Collection(
            _log.Entries,
            entry => Assert.Contains("it answers 400 Bad Request", entry.Text, StringComparison.Ordinal),
            entry => Assert.Equal(EventIds.MetricsPushWorks, entry.Id.Id));
    }

    [Fact]
    public async Task Push_NobodyListens_IsSaidOnce()
    {
        await using MetricsPusher? pusher = Start(new HostPort("127.0.0.1", FreePort.Take()));

        await Eventually.HoldsAsync("a line", () => _log.Entries.Count > 0, Cancelled);

        Assert.Equal((LogLevel.Warning, EventIds.MetricsPushFailed), (_log.Entries[0].Level, _log.Entries[0].Id.Id));
    }

    [Theory]
    [InlineData(null, 15)]
    [InlineData(9091, 0)]
    public void Start_NoAddressOrNoInterval_PushesNothing(int? port, int seconds)
    {
        var options = new MetricsOptions { PushAddress = port is { } number ? new HostPort("127.0.0.1", number) : null, PushInterval = TimeSpan.FromSeconds(seconds) };

        Assert.Null(MetricsPusher.Start(_registry, options, "n", TimeProvider.System, NullLogger.Instance));
    }

    private static Task<NodeServer> StartGatewayAsync(Func<HttpContext, Task> handle) => NodeServer.StartAsync(
        new NodeServerOptions
        {
            Key = "test",
            Listen = new HostPort("127.0.0.1", 0),
            Endpoints = [HttpEndpoint.Post("/metrics/job/binlog/instance/{node}", handle)],
        },
        NullLoggerFactory.Instance,
        Cancelled);

    private MetricsPusher? Start(HostPort gateway) =>
        MetricsPusher.Start(_registry, new MetricsOptions { PushAddress = gateway, PushInterval = Interval }, "pump-1:8250", TimeProvider.System, _log);
}
