using Binlog.Grpc;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Pump;
using Binlog.Service.Pump.Intake;
using Binlog.Service.Pump.Leaving;
using Binlog.Service.Pump.Measuring;
using Binlog.Service.Pump.Serving;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TiDB.Contracts;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PumpContract = Binlog.Cluster.Contracts.Pump;

namespace Binlog.Service.Tests.Pump.Serving;

/// <summary>A Pump's gRPC service on a loopback port, without the rest of a node.</summary>
internal sealed class RunningPump : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CancellationTokenSource _stopping = new();
    private PumpStore? _store;
    private NodeServer? _server;
    private GrpcChannel? _channel;

    public long AvailableSpace { get; set; } = long.MaxValue - 1;

    public bool IsOnline { get; set; } = true;

    public PumpMetrics Metrics { get; } = new();

    public IntakeBudget Intake { get; private set; } = new(PumpMemory.Of(256 << 20));

    public WritesInFlight InFlight { get; } = new();

    public PumpStore Store => _store!;

    /// <summary>Full path of a file of the store.</summary>
    public string PathOf(string file) => _directory.Combine(Path.Combine("pump", file));

    public string Address => _server!.BoundAddress.ToString();

    public PumpContract.PumpClient Client { get; private set; } = null!;

    public static async Task<RunningPump> StartAsync(long stopWriteAtBytes = 0, int maxMessageBytes = 1 << 20, TimeProvider? time = null, PumpMemory? memory = null, Func<string, Task<PumpStore>>? open = null, ILogger? logger = null, int maxPulls = 1000)
    {
        var pump = new RunningPump();
        pump.Intake = memory is { } shares ? new IntakeBudget(shares) : pump.Intake;
        string directory = pump._directory.Combine("pump");
        pump._store = await (open?.Invoke(directory) ?? StoreDriver.OpenAsync(directory));
        var disk = new DiskSpaceGuard(pump._directory.Path, stopWriteAtBytes, time ?? TimeProvider.System, _ => pump.AvailableSpace);
        var service = new PumpGrpcService(pump._store, disk, () => pump.IsOnline, StoreDriver.ClusterId, logger ?? NullLogger.Instance, pump.Metrics, new WriteMeter(pump.Metrics, TimeSpan.Zero, TimeProvider.System, NullLogger.Instance), time ?? TimeProvider.System, pump._stopping.Token);
        pump._server = await NodeServer.StartAsync(
            new NodeServerOptions { Key = "test", Listen = new HostPort("127.0.0.1", 0), Observer = new CallMeter(pump.Metrics), RawMethods = service.Methods(new MessageIntake(maxMessageBytes, pump.Intake), pump.InFlight, new PullLimit(maxPulls)) }, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);
        pump._channel = GrpcChannel.ForAddress("http://" + pump.Address);
        pump.Client = new PumpContract.PumpClient(pump._channel);
        return pump;
    }

    public async Task WriteAsync(byte[] payload, ulong clusterId = StoreDriver.ClusterId)
    {
        using AsyncUnaryCall<WriteBinlogResp> call = Client.WriteBinlogAsync(
            new WriteBinlogReq { ClusterId = clusterId, Payload = ByteString.CopyFrom(payload) }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("", (await call.ResponseAsync).Errmsg);
    }

    public async Task<Status> RefusalOfAsync(byte[] payload, ulong clusterId = StoreDriver.ClusterId) =>
        (await Assert.ThrowsAsync<RpcException>(() => WriteAsync(payload, clusterId))).Status;

    public AsyncServerStreamingCall<PullBinlogResp> Pull(long afterCommitTs, ulong clusterId = StoreDriver.ClusterId) => Client.PullBinlogs(
        new PullBinlogReq { ClusterId = clusterId, StartFrom = new Pos { Offset = afterCommitTs } }, cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>Changes one byte where these bytes are in the store's log.</summary>
    public void DamageStore(ReadOnlySpan<byte> bytes)
    {
        foreach (string path in Directory.EnumerateFiles(_directory.Combine("pump"), "*.seg"))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            byte[] content = new byte[file.Length];
            file.ReadExactly(content);
            int at = content.AsSpan().IndexOf(bytes);
            if (at >= 0)
            {
                file.Position = at;
                file.WriteByte((byte)(content[at] ^ 1));
                return;
            }
        }

        throw new InvalidOperationException("The bytes are not in the store.");
    }

    /// <summary>What a stopping node does first: ends the pulls.</summary>
    public Task StopPullsAsync() => _stopping.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _channel?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        if (_store is not null)
        {
            await _store.DisposeAsync();
        }

        _stopping.Dispose();
        _directory.Dispose();
    }
}
