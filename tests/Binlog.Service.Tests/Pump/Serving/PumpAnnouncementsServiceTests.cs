using Binlog.Cluster;
using Binlog.Cluster.Contracts;
using Binlog.Cluster.Timestamps;
using Binlog.Service.Configuration;
using Binlog.Service.Drainer.Announcing;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Registration;
using Binlog.Service.Pump.Serving;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Pump.Serving;

/// <summary>The Drainer's client and the Pump's service, over the network.</summary>
public sealed class PumpAnnouncementsServiceTests : IAsyncLifetime
{
    private const ulong ClusterId = 7;

    private readonly AnnouncementDemand _demand = new();
    private readonly CancellationTokenSource _stopping = new();
    private NodeServer _server = null!;
    private NodeServer _other = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await ServeAsync([PumpAnnouncements.BindService(new PumpAnnouncementsService(_demand, ClusterId, TimeProvider.System, _stopping.Token))]);
        _other = await ServeAsync([]);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _other.DisposeAsync();
        _stopping.Dispose();
    }

    [Fact]
    public async Task Announce_Asked_AnswersWhenItIsStored()
    {
        using var client = Client(_server);
        Task<bool> asking = client.AskAsync(40, Cancelled);
        await _demand.Asked.WaitAsync(Cancelled);
        Assert.True(_demand.TryTake(out ulong commitTs, out TaskCompletionSource answer));
        Assert.False(asking.IsCompleted);
        answer.SetResult();

        Assert.True(await asking);
        Assert.Equal(40UL, commitTs);
    }

    [Fact]
    public async Task Announce_NothingCanBeStored_SaysWhy()
    {
        using var client = Client(_server);
        Task<bool> asking = client.AskAsync(40, Cancelled);
        await _demand.Asked.WaitAsync(Cancelled);
        Assert.True(_demand.TryTake(out _, out TaskCompletionSource answer));
        answer.SetException(new ClusterException("The registry is away.", isTransient: true));

        RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => asking);
        Assert.Equal((StatusCode.Unavailable, "The registry is away."), (refusal.StatusCode, refusal.Status.Detail));
    }

    [Theory]
    [InlineData(8UL, 40UL, "cluster ID are mismatch, 8 vs 7")]
    [InlineData(7UL, 0UL, "commit_ts is 0")]
    [InlineData(7UL, TsoLimits.Max, "ahead of this Pump's clock")]
    [InlineData(7UL, TsoLimits.Max + 1, "commit_ts is 4611686018427387905")]
    public async Task Announce_OfAnotherClusterOrTimeless_IsRefused(ulong clusterId, ulong commitTs, string expected)
    {
        using var client = Client(_server, clusterId);

        RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => client.AskAsync(commitTs, Cancelled));

        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.Contains(expected, refusal.Status.Detail, StringComparison.Ordinal);
        Assert.False(_demand.Asked.IsCompleted);
    }

    [Fact]
    public async Task Announce_PumpStops_EndsTheCall()
    {
        using var client = Client(_server);
        Task<bool> asking = client.AskAsync(40, Cancelled);
        await _demand.Asked.WaitAsync(Cancelled);
        await _stopping.CancelAsync();

        RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => asking);
        Assert.Equal((StatusCode.Unavailable, "This Pump is stopping."), (refusal.StatusCode, refusal.Status.Detail));
    }

    [Fact]
    public async Task Ask_PumpWithoutTheService_IsNotKnown()
    {
        using var client = Client(_other);

        Assert.False(await client.AskAsync(40, Cancelled));
    }

    private static GrpcAnnouncingPump Client(NodeServer server, ulong clusterId = ClusterId) => new(server.BoundAddress.ToString(), clusterId, TimeProvider.System);

    private static Task<NodeServer> ServeAsync(IReadOnlyList<ServerServiceDefinition> services) =>
        NodeServer.StartAsync(new NodeServerOptions { Key = "test", Listen = new HostPort("127.0.0.1", 0), Services = services }, NullLoggerFactory.Instance, Cancelled);
}
