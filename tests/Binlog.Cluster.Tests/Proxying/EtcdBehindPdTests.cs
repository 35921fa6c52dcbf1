using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Binlog.ClusterKit.Pd;
using Binlog.Grpc;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.Waiting;
using Grpc.Core;

namespace Binlog.Cluster.Tests.Proxying;

/// <summary>A real etcd that is reached at PD's address, as in a TiDB cluster. Its messages are bytes here; field numbers: etcd-io/etcd, rpc.proto.</summary>
public sealed class EtcdBehindPdTests : IAsyncLifetime
{
    private const string Program = "/usr/bin/etcd";

    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(static (byte[] message) => message, static (byte[] message) => message);
    private static readonly Method<byte[], byte[]> Put = new(MethodType.Unary, "etcdserverpb.KV", "Put", Bytes, Bytes);
    private static readonly Method<byte[], byte[]> Range = new(MethodType.Unary, "etcdserverpb.KV", "Range", Bytes, Bytes);
    private static readonly Method<byte[], byte[]> Watch = new(MethodType.DuplexStreaming, "etcdserverpb.Watch", "Watch", Bytes, Bytes);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("etcd-behind-pd");
    private Process? _etcd;
    private string _address = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Capability.Require(File.Exists(Program), $"{Program} is missing; it is in the Debian package etcd-server.");
        _address = $"127.0.0.1:{FreePort()}";
        string peer = $"http://127.0.0.1:{FreePort()}";
        string client = "http://" + _address;
        _etcd = Process.Start(new ProcessStartInfo(Program, [
            "--data-dir", _directory.FullName, "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=" + peer, "--logger", "zap", "--log-level", "error",
        ]) { RedirectStandardError = true })!;
        _etcd.BeginErrorReadLine();
        using GrpcChannel channel = GrpcChannel.ForAddress(client);
        await Eventually.HoldsAsync("an answer of etcd", () => AnswersAsync(channel), Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (_etcd is not null)
        {
            _etcd.Kill();
            await _etcd.WaitForExitAsync(CancellationToken.None);
            _etcd.Dispose();
        }

        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task EtcdsApi_AtPdsAddress_IsServedByEtcd()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { EtcdAddress = _address });
        using GrpcChannel channel = GrpcChannel.ForAddress(pd.Members[0].Url);
        CallInvoker invoker = channel.CreateCallInvoker();
        var options = new CallOptions(cancellationToken: Token);
        using AsyncDuplexStreamingCall<byte[], byte[]> watch = invoker.AsyncDuplexStreamingCall(Watch, null, options);

        // create_request (1) = {key (1) = "k"}; the answer has created (3) = true.
        await watch.RequestStream.WriteAsync([0x0A, 0x03, 0x0A, 0x01, 0x6B], Token);
        Assert.True(await watch.ResponseStream.MoveNext(Token));
        Assert.Contains("1801", Convert.ToHexString(watch.ResponseStream.Current), StringComparison.Ordinal);

        // key (1) = "k", value (2) = "v"
        await invoker.AsyncUnaryCall(Put, null, options, [0x0A, 0x01, 0x6B, 0x12, 0x01, 0x76]).ResponseAsync;
        byte[] found = await invoker.AsyncUnaryCall(Range, null, options, [0x0A, 0x01, 0x6B]).ResponseAsync;
        Assert.True(await watch.ResponseStream.MoveNext(Token));

        // value (5) = "v" of the key-value pair
        Assert.Contains("2A0176", Convert.ToHexString(found), StringComparison.Ordinal);
        Assert.Contains("2A0176", Convert.ToHexString(watch.ResponseStream.Current), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EtcdsError_AtPdsAddress_IsEtcds()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { EtcdAddress = _address });
        using GrpcChannel channel = GrpcChannel.ForAddress(pd.Members[0].Url);

        RpcException exception = await Assert.ThrowsAsync<RpcException>(() => channel.CreateCallInvoker().AsyncUnaryCall(Put, null, new CallOptions(cancellationToken: Token), []).ResponseAsync);

        Assert.Equal((StatusCode.InvalidArgument, "etcdserver: key is not provided"), (exception.StatusCode, exception.Status.Detail));
    }

    private static async Task<bool> AnswersAsync(GrpcChannel channel)
    {
        try
        {
            await channel.CreateCallInvoker().AsyncUnaryCall(Range, null, new CallOptions(cancellationToken: Token), [0x0A, 0x01, 0x6B]).ResponseAsync;
            return true;
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Unavailable)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
