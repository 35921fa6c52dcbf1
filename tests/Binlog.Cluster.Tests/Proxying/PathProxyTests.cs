using Binlog.ClusterKit;
using Binlog.ClusterKit.Pd;
using Binlog.Grpc;
using Grpc.Core;

namespace Binlog.Cluster.Tests.Proxying;

public sealed class PathProxyTests
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(static (byte[] message) => message, static (byte[] message) => message);
    private static readonly Method<byte[], byte[]> Echo = new(MethodType.Unary, "etcdserverpb.Test", "Echo", Bytes, Bytes);
    private static readonly Method<byte[], byte[]> EchoAll = new(MethodType.DuplexStreaming, "etcdserverpb.Test", "EchoAll", Bytes, Bytes);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Unary_HeadersMessageAndTrailers_ArePassedBothWays()
    {
        await using GrpcHost server = await StartServerAsync();
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { EtcdAddress = server.Address });
        using GrpcChannel channel = GrpcChannel.ForAddress(pd.Members[0].Url);

        using AsyncUnaryCall<byte[]> call = channel.CreateCallInvoker().AsyncUnaryCall(Echo, null, new CallOptions(new Metadata { { "x-asked", "1" } }, cancellationToken: Token), [1, 2, 3]);

        Assert.Equal([1, 2, 3], await call.ResponseAsync);
        Assert.Equal("1", call.GetTrailers().GetValue("x-answered"));
    }

    [Fact]
    public async Task Unary_LargeMessage_IsPassed()
    {
        await using GrpcHost server = await StartServerAsync();
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { EtcdAddress = server.Address });
        using GrpcChannel channel = GrpcChannel.ForAddress(pd.Members[0].Url);
        byte[] large = new byte[3_000_000];
        new Random(1).NextBytes(large);

        using AsyncUnaryCall<byte[]> call = channel.CreateCallInvoker().AsyncUnaryCall(Echo, null, new CallOptions(cancellationToken: Token), large);

        Assert.Equal(large, await call.ResponseAsync);
    }

    [Fact]
    public async Task Unary_Error_KeepsStatusAndText()
    {
        await using GrpcHost server = await StartServerAsync();
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { EtcdAddress = server.Address });
        using GrpcChannel channel = GrpcChannel.ForAddress(pd.Members[0].Url);

        using AsyncUnaryCall<byte[]> call = channel.CreateCallInvoker().AsyncUnaryCall(Echo, null, new CallOptions(cancellationToken: Token), []);
        RpcException exception = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);

        Assert.Equal((StatusCode.OutOfRange, "nothing to echo"), (exception.StatusCode, exception.Status.Detail));
    }

    [Fact]
    public async Task Duplex_MessagesOneByOne_ArePassedAtOnceBothWays()
    {
        await using GrpcHost server = await StartServerAsync();
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { EtcdAddress = server.Address });
        using GrpcChannel channel = GrpcChannel.ForAddress(pd.Members[0].Url);

        using AsyncDuplexStreamingCall<byte[], byte[]> call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(EchoAll, null, new CallOptions(cancellationToken: Token));
        for (byte i = 0; i < 5; i++)
        {
            await call.RequestStream.WriteAsync([i], Token);
            Assert.True(await call.ResponseStream.MoveNext(Token));
            Assert.Equal([i], call.ResponseStream.Current);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Token));
        Assert.Equal("5", call.GetTrailers().GetValue("x-count"));
    }

    [Fact]
    public async Task Duplex_ServerDies_EndsTheStream()
    {
        await using GrpcHost server = await StartServerAsync();
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { EtcdAddress = server.Address });
        using GrpcChannel channel = GrpcChannel.ForAddress(pd.Members[0].Url);
        using AsyncDuplexStreamingCall<byte[], byte[]> call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(EchoAll, null, new CallOptions(cancellationToken: Token));
        await call.RequestStream.WriteAsync([1], Token);
        Assert.True(await call.ResponseStream.MoveNext(Token));

        await server.StopAsync();

        await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Token));
    }

    [Fact]
    public async Task Unary_NobodyBehind_IsUnavailable()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { EtcdAddress = "127.0.0.1:1" });
        using GrpcChannel channel = GrpcChannel.ForAddress(pd.Members[0].Url);

        using AsyncUnaryCall<byte[]> call = channel.CreateCallInvoker().AsyncUnaryCall(Echo, null, new CallOptions(cancellationToken: Token), [1]);

        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode);
    }

    [Fact]
    public async Task OtherPath_IsServedByPdItself()
    {
        await using GrpcHost server = await StartServerAsync();
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { EtcdAddress = server.Address });
        await using var client = new Cluster.Pd.PdClient(new Cluster.Pd.PdClientOptions { Endpoints = pd.Endpoints });

        Assert.Equal(pd.ClusterId, await client.GetClusterIdAsync(Token));
    }

    private static Task<GrpcHost> StartServerAsync()
    {
        var service = ServerServiceDefinition.CreateBuilder()
            .AddMethod(Echo, (request, context) =>
            {
                if (request.Length == 0)
                {
                    throw new RpcException(new Status(StatusCode.OutOfRange, "nothing to echo"));
                }

                context.ResponseTrailers.Add("x-answered", context.RequestHeaders.GetValue("x-asked") ?? "none");
                return Task.FromResult(request);
            })
            .AddMethod(EchoAll, async (requests, responses, context) =>
            {
                int count = 0;
                while (await requests.MoveNext(context.CancellationToken))
                {
                    count++;
                    await responses.WriteAsync(requests.Current);
                }

                context.ResponseTrailers.Add("x-count", $"{count}");
            })
            .Build();
        return GrpcHost.StartAsync([service]);
    }
}
