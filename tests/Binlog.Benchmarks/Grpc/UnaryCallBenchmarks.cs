using System.Net;
using BenchmarkDotNet.Attributes;
using Binlog.Cluster.Contracts;
using Binlog.Grpc;
using Binlog.Service.GrpcServer;
using Binlog.Service.GrpcServer.Listening;
using Binlog.TiDB.Contracts;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Benchmarks.Grpc;

/// <summary>
/// Unary calls on loopback, client and server in this process: time and allocation per call, both sides together. Each
/// caller waits for its answer before it calls again.
/// </summary>
[MemoryDiagnoser]
public class UnaryCallBenchmarks
{
    private const int CallsPerInvoke = 6400;

    private WebApplication? _app;
    private GrpcChannel? _channel;
    private Pump.PumpClient? _client;
    private WriteBinlogReq? _request;

    /// <summary>Bytes of payload, sent and returned.</summary>
    [Params(200, 1024)]
    public int Bytes { get; set; }

    /// <summary>Calls in flight.</summary>
    [Params(1, 8, 64)]
    public int Callers { get; set; }

    [GlobalSetup]
    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenGrpcAndHttp(new IPEndPoint(IPAddress.Loopback, 0), null));
        _app = builder.Build();
        _app.UseGrpc(new GrpcServerOptions(), Pump.BindService(new EchoPump()));
        await _app.StartAsync();
        _channel = GrpcChannel.ForAddress(_app.Urls.First());
        _client = new Pump.PumpClient(_channel);
        _request = new WriteBinlogReq { ClusterId = 1, Payload = ByteString.CopyFrom(new byte[Bytes]) };
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        await _channel!.DisposeAsync();
        await _app!.DisposeAsync();
    }

    [Benchmark(OperationsPerInvoke = CallsPerInvoke)]
    public Task Unary() => Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => CallAsync(CallsPerInvoke / Callers)));

    private async Task CallAsync(int calls)
    {
        for (var i = 0; i < calls; i++)
        {
            await _client!.WriteBinlogAsync(_request!);
        }
    }

    private sealed class EchoPump : Pump.PumpBase
    {
        private static readonly Task<WriteBinlogResp> Done = Task.FromResult(new WriteBinlogResp());

        public override Task<WriteBinlogResp> WriteBinlog(WriteBinlogReq request, global::Grpc.Core.ServerCallContext context) => Done;
    }
}
