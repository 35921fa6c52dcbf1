using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Membership;
using Binlog.TiDB.Contracts;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using CisternContract = Binlog.Cluster.Contracts.Cistern;

namespace Binlog.Service.Tests.Pump.Registration;

/// <summary>What a starting Pump talks to: counts notifications, or refuses them.</summary>
internal sealed class FakeDrainer : CisternContract.CisternBase, IAsyncDisposable
{
    private NodeServer? _server;
    private int _notified;

    public int Notified => Volatile.Read(ref _notified);

    public bool Refuses { get; set; }

    /// <summary>How many notifications fail first.</summary>
    public int Failures { get; set; }

    /// <summary>Called at every notification.</summary>
    public Action OnNotified { get; set; } = () => { };

    /// <summary>What refuses is not the Drainer but a proxy before it, which speaks gRPC.</summary>
    public bool IsProxy { get; set; }

    public string Address => _server!.BoundAddress.ToString();

    public static async Task<FakeDrainer> StartAsync()
    {
        var drainer = new FakeDrainer();
        drainer._server = await NodeServer.StartAsync(
            new NodeServerOptions { Key = "test", Listen = new HostPort("127.0.0.1", 0), Services = [CisternContract.BindService(drainer)] }, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);
        return drainer;
    }

    public NodeStatus Status(string nodeId, NodeState state, DateTimeOffset heartbeat) =>
        new() { NodeId = nodeId, Host = Address, State = state, UpdateTs = heartbeat.ToUnixTimeMilliseconds() << 18 };

    public override Task<NotifyResp> Notify(NotifyReq request, ServerCallContext context)
    {
        OnNotified();
        return Interlocked.Increment(ref _notified) <= Failures || Refuses
            ? throw (IsProxy ? new RpcException(new Status(StatusCode.Unavailable, "nobody behind this proxy")) : DrainerAnswer.Error(StatusCode.Unavailable, "the registry is away"))
            : Task.FromResult(new NotifyResp());
    }

    public ValueTask DisposeAsync() => _server!.DisposeAsync();
}
