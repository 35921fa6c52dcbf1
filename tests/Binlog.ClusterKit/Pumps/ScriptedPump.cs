using System.Collections.Concurrent;
using Binlog.TiDB.Contracts;
using Binlog.TiDB.Records;
using Grpc.Core;
using BinlogType = Binlog.TiDB.Records.BinlogType;
using PumpContract = Binlog.Cluster.Contracts.Pump;

namespace Binlog.ClusterKit.Pumps;

/// <summary>A Pump on a real port that answers as its script says, and remembers what came.</summary>
internal sealed class ScriptedPump : PumpContract.PumpBase, IAsyncDisposable
{
    public const ulong ClusterId = 7;

    private readonly ConcurrentQueue<BinlogHeader> _received = new();
    private readonly ConcurrentQueue<byte[]> _payloads = new();
    private readonly ConcurrentDictionary<string, byte> _peers = new(StringComparer.Ordinal);
    private GrpcHost? _host;

    private ScriptedPump()
    {
    }

    /// <summary>What happens to a binlog; the default takes it.</summary>
    public Func<BinlogHeader, Task> Script { get; set; } = _ => Task.CompletedTask;

    /// <summary>What a binlog that the script lets pass is answered with.</summary>
    public string Errmsg { get; set; } = "";

    /// <summary>Everything that came, refused or not.</summary>
    public IReadOnlyList<BinlogHeader> Received => [.. _received];

    /// <summary>The bytes of everything that came.</summary>
    public IReadOnlyList<byte[]> Payloads => [.. _payloads];

    /// <summary>Start TS of the prewrites that came.</summary>
    public IReadOnlyList<ulong> Prewrites => [.. _received.Where(header => header is { Type: BinlogType.Prewrite, IsProbe: false }).Select(header => header.StartTs)];

    /// <summary>How many probes came.</summary>
    public int Probes => _received.Count(header => header.IsProbe);

    /// <summary>How many connections calls came over.</summary>
    public int Connections => _peers.Count;

    public string Address => _host!.Address;

    /// <summary>A Pump that does not listen yet.</summary>
    public static async Task<ScriptedPump> PrepareAsync()
    {
        ScriptedPump pump = await StartAsync();
        await pump.StopAsync();
        return pump;
    }

    public static async Task<ScriptedPump> StartAsync()
    {
        var pump = new ScriptedPump();
        pump._host = await GrpcHost.StartAsync([PumpContract.BindService(pump)]);
        return pump;
    }

    public static RpcException Failure(StatusCode code, string detail = "as the script says") => new(new Status(code, detail));

    /// <summary>Listens again after <see cref="StopAsync"/>.</summary>
    public Task ListenAsync() => _host!.StartAsync();

    /// <summary>Ends at once, as a process that is killed.</summary>
    public Task StopAsync() => _host!.StopAsync();

    public override async Task<WriteBinlogResp> WriteBinlog(WriteBinlogReq request, ServerCallContext context)
    {
        if (request.ClusterId != ClusterId)
        {
            throw Failure(StatusCode.InvalidArgument, $"cluster ID are mismatch, {request.ClusterId} vs {ClusterId}");
        }

        BinlogHeader header = BinlogHeader.Parse(request.Payload.Span);
        _payloads.Enqueue(request.Payload.ToByteArray());
        _received.Enqueue(header);
        _peers.TryAdd(context.Peer, 0);
        await Script(header).WaitAsync(context.CancellationToken);
        return new WriteBinlogResp { Errmsg = Errmsg };
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }
    }
}
