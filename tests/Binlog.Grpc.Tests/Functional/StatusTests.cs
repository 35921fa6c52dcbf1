using Binlog.Grpc.Tests.Contracts;
using Binlog.Grpc.Tests.Fixtures;
using Grpc.Core;

namespace Binlog.Grpc.Tests.Functional;

public sealed class StatusTests
{
    [Fact]
    public async Task Unary_HandlerThrowsRpcException_StatusAndTrailersArrive()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();

        using var call = new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(1, "fail"));
        var e = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);

        AssertFailed(e);
        Assert.Equal(e.Status, call.GetStatus());
        Assert.Equal("asked for", call.GetTrailers().GetValue("reason"));
    }

    [Fact]
    public async Task ServerStreaming_FailsAfterMessages_MessagesThenStatus()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();
        var request = EchoService.Request(10, "fail");
        request.Count = 3;

        using var call = new Echo.EchoClient(channel).Repeat(request);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(await call.ResponseStream.MoveNext());
        }

        AssertFailed(await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext()));
        AssertFailed(await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext()));
    }

    [Fact]
    public async Task ServerStreaming_BufferedMessagesThenCrash_MessagesArrive()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();
        var request = EchoService.Request(10, "buffer");
        request.Count = 3;

        using var call = new Echo.EchoClient(channel).Repeat(request);

        Assert.Equal(3, await call.ResponseStream.ReadAllAsync().CountAsync());
    }

    [Fact]
    public async Task ClientStreaming_ServerEndsEarly_WriterLearnsTheStatus()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();

        using var call = new Echo.EchoClient(channel).Collect();
        await call.RequestStream.WriteAsync(EchoService.Request(10, "fail"));
        AssertFailed(await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync));

        AssertFailed(await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(EchoService.Request(10))));
    }

    [Fact]
    public async Task Duplex_ServerEndsEarlyWhileWriting_WriterLearnsTheStatus()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();

        using var call = new Echo.EchoClient(channel).Chat();
        await call.RequestStream.WriteAsync(EchoService.Request(10, "fail"));
        var e = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (true)
            {
                await call.RequestStream.WriteAsync(EchoService.Request(100_000));
            }
        });

        AssertFailed(e);
        AssertFailed(await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext()));
    }

    [Fact]
    public async Task Unary_HandlerCrashes_NothingInternalLeaks()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();

        var e = await Assert.ThrowsAsync<RpcException>(() => new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(1, "crash")).ResponseAsync);

        Assert.Equal(StatusCode.Unknown, e.StatusCode);
        Assert.DoesNotContain("secret", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unary_HandlerSetsStatus_IsTheOutcome()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();

        var e = await Assert.ThrowsAsync<RpcException>(() => new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(1, "status")).ResponseAsync);

        Assert.Equal(new Status(StatusCode.Aborted, "by status"), e.Status);
    }

    [Fact]
    public async Task Unary_UnknownMethod_IsUnimplemented()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();
        var method = new Method<string, string>(MethodType.Unary, "no.Service", "Nothing", Marshallers.StringMarshaller, Marshallers.StringMarshaller);

        var e = await Assert.ThrowsAsync<RpcException>(() => channel.CreateCallInvoker().AsyncUnaryCall(method, null, default, "x").ResponseAsync);

        Assert.Equal(StatusCode.Unimplemented, e.StatusCode);
        Assert.Contains("/no.Service/Nothing", e.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unary_RequestIsNotTheMessage_IsInternal()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();
        var bytes = new Marshaller<byte[]>(b => b, b => b);
        var method = new Method<byte[], byte[]>(MethodType.Unary, "binlog.test.Echo", "Unary", bytes, bytes);

        var e = await Assert.ThrowsAsync<RpcException>(() => channel.CreateCallInvoker().AsyncUnaryCall(method, null, default, [0xFF, 0xFF]).ResponseAsync);

        Assert.Equal(StatusCode.Internal, e.StatusCode);
    }

    [Fact]
    public async Task Unary_Metadata_TravelsBothWays()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();
        var headers = new Metadata { { "x-text", "a, b" }, { "x-data-bin", new byte[] { 0, 1, 255 } } };

        using var call = new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(1, "metadata"), headers);
        var received = await call.ResponseHeadersAsync;
        await call;

        Assert.Equal("a, b", received.GetValue("x-text"));
        Assert.Equal([0, 1, 255], received.GetValueBytes("x-data-bin"));
        Assert.Equal("a, b", call.GetTrailers().GetValue("tx-text"));
        Assert.Equal([0, 1, 255], call.GetTrailers().GetValueBytes("tx-data-bin"));
    }

    [Fact]
    public async Task GetStatus_BeforeTheEnd_IsRefused()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();

        using var call = new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(1, "wait"));
        await host.Service.Started.Task;

        Assert.Throws<InvalidOperationException>(() => call.GetStatus());
    }

    private static void AssertFailed(RpcException e)
    {
        Assert.Equal(StatusCode.FailedPrecondition, e.StatusCode);
        Assert.Equal("100% höflich\nabgelehnt", e.Status.Detail);
        Assert.Equal("asked for", e.Trailers.GetValue("reason"));
        Assert.Equal([0, 255, 7], e.Trailers.GetValueBytes("detail-bin"));
    }
}
