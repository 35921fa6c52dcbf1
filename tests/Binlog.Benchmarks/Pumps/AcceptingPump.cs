using System.Net;
using Binlog.Cluster.Contracts;
using Binlog.Service.GrpcServer;
using Binlog.Service.GrpcServer.Listening;
using Binlog.TiDB.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Benchmarks.Pumps;

/// <summary>A server that acknowledges every binlog and keeps none: what is measured against it is the client.</summary>
internal sealed class AcceptingPump : Pump.PumpBase, IAsyncDisposable
{
    private static readonly Task<WriteBinlogResp> Done = Task.FromResult(new WriteBinlogResp());

    private WebApplication _app = null!;

    /// <summary><c>host:port</c>.</summary>
    public string Address { get; private set; } = "";

    public static async Task<AcceptingPump> StartAsync()
    {
        var pump = new AcceptingPump();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenGrpcAndHttp(new IPEndPoint(IPAddress.Loopback, 0), null));
        pump._app = builder.Build();
        pump._app.UseGrpc(new GrpcServerOptions(), Pump.BindService(pump));
        await pump._app.StartAsync();
        pump.Address = new Uri(pump._app.Urls.First()).Authority;
        return pump;
    }

    public override Task<WriteBinlogResp> WriteBinlog(WriteBinlogReq request, global::Grpc.Core.ServerCallContext context) => Done;

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
