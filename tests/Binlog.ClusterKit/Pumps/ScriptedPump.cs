using System.Collections.Concurrent;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.EndToEnd;
using Binlog.TiDB.Contracts;
using Binlog.TiDB.Records;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using PumpContract = Binlog.Cluster.Contracts.Pump;

namespace Binlog.Service.Tests.Cluster;

/// <summary>A Pump on a real port that answers as its script says, and remembers what came.</summary>
internal sealed class ScriptedPump : PumpContract.PumpBase, IAsyncDisposable
{
    public const ulong ClusterId = 7;

    private readonly ConcurrentQueue<BinlogHeader> _received = new();
    private readonly int _port;
    private NodeServer? _server;

    private ScriptedPump(int port) => _port = port;

    /// <summary>What happens to a binlog; the default takes it.</summary>
    public Func<BinlogHeader, Task> Script { get; set; } = _ => Task.CompletedTask;

    /// <summary>Everything that came, refused or not.</summary>
    public IReadOnlyList<BinlogHeader> Received => [.. _received];

    public string Address => new HostPort("127.0.0.1", _port).ToString();

    /// <summary>A Pump that does not listen yet.</summary>
    public static ScriptedPump Prepare() => new(LoopbackPort.Take());

    public static async Task<ScriptedPump> StartAsync()
    {
        ScriptedPump pump = Prepare();
        await pump.ListenAsync();
        return pump;
    }

    public static RpcException Failure(StatusCode code) => new(new Status(code, "as the script says"));

    public async Task ListenAsync() => _server = await NodeServer.StartAsync(
            new NodeServerOptions { Key = "test", Listen = new HostPort("127.0.0.1", _port), Services = [PumpContract.BindService(this)] }, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);

    public override async Task<WriteBinlogResp> WriteBinlog(WriteBinlogReq request, ServerCallContext context)
    {
        Assert.Equal(ClusterId, request.ClusterId);
        BinlogHeader header = BinlogHeader.Parse(request.Payload.Span);
        _received.Enqueue(header);
        await Script(header).WaitAsync(context.CancellationToken);
        return new WriteBinlogResp();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
