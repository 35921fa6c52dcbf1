using Binlog.Grpc.Tests.Contracts;
using Binlog.Grpc.Tests.Fixtures;
using Binlog.Service.GrpcServer;
using Google.Protobuf;
using Grpc.Core;

namespace Binlog.Grpc.Tests.Functional;

public sealed class LimitTests
{
    [Fact]
    public async Task Unary_64MiB_IsEchoedUnderFlowControl()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();
        var request = EchoService.Request(64 * 1024 * 1024);

        var reply = await new Echo.EchoClient(channel).UnaryAsync(request);

        Assert.True(reply.Payload.Span.SequenceEqual(request.Payload.Span));
    }

    [Fact]
    public async Task ServerStreaming_LargeAmongSmall_AllArrive()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();

        using var call = new Echo.EchoClient(channel).Chat();
        foreach (var size in new[] { 10, 20_000_000, 0, 3_000_000, 5 })
        {
            await call.RequestStream.WriteAsync(EchoService.Request(size));
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.True(call.ResponseStream.Current.Payload.Span.SequenceEqual(EchoService.Bytes(size)));
        }
    }

    [Fact]
    public async Task Unary_RequestOverClientLimit_IsNotSent()
    {
        await using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1", new GrpcChannelOptions { MaxSendMessageBytes = 100 });

        AssertExhausted("trying to send message larger than max", await Assert.ThrowsAsync<RpcException>(async () => await new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(100))));
    }

    [Fact]
    public async Task Unary_RequestOverServerLimit_IsResourceExhausted()
    {
        await using var host = await EchoHost.StartAsync(new GrpcServerOptions { MaxReceiveMessageBytes = 1000 });
        await using var channel = host.CreateChannel();

        AssertExhausted("received message larger than max", await Assert.ThrowsAsync<RpcException>(async () => await new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(10_000_000))));
        Assert.Equal(900, (await new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(900))).Total);
    }

    [Fact]
    public async Task Unary_ResponseOverServerLimit_IsResourceExhausted()
    {
        await using var host = await EchoHost.StartAsync(new GrpcServerOptions { MaxSendMessageBytes = 1000 });
        await using var channel = host.CreateChannel();

        AssertExhausted("trying to send message larger than max", await Assert.ThrowsAsync<RpcException>(async () => await new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(2000))));
    }

    [Fact]
    public async Task Unary_ResponseOverClientLimit_IsResourceExhausted()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel(new GrpcChannelOptions { MaxReceiveMessageBytes = 1000 });

        AssertExhausted("received message larger than max", await Assert.ThrowsAsync<RpcException>(async () => await new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(2000))));
    }

    [Fact]
    public async Task Unary_CompressedRequest_IsAnsweredCompressed()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel(new GrpcChannelOptions { Compression = "gzip" });
        var request = new EchoRequest { Payload = ByteString.CopyFrom(new byte[1_000_000]) };

        using var call = new Echo.EchoClient(channel).UnaryAsync(request);
        var reply = await call;

        Assert.Equal(request.Payload, reply.Payload);
    }

    [Fact]
    public async Task Unary_ZipBombRequest_IsResourceExhausted()
    {
        await using var host = await EchoHost.StartAsync(new GrpcServerOptions { MaxReceiveMessageBytes = 1_000_000 });
        await using var channel = host.CreateChannel(new GrpcChannelOptions { Compression = "gzip" });
        var request = new EchoRequest { Payload = ByteString.CopyFrom(new byte[100_000_000]) };

        AssertExhausted("after decompression", await Assert.ThrowsAsync<RpcException>(async () => await new Echo.EchoClient(channel).UnaryAsync(request)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Streaming_Compressed_IsEchoed(bool always)
    {
        await using var host = await EchoHost.StartAsync(new GrpcServerOptions { CompressAlways = always });
        await using var channel = host.CreateChannel(new GrpcChannelOptions { Compression = always ? null : "gzip" });

        using var call = new Echo.EchoClient(channel).Chat();
        foreach (var flags in new[] { WriteFlags.None, WriteFlags.NoCompress })
        {
            call.RequestStream.WriteOptions = new WriteOptions(flags);
            await call.RequestStream.WriteAsync(EchoService.Request(5000));
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(EchoService.Bytes(5000), call.ResponseStream.Current.Payload.ToByteArray());
        }
    }

    [Fact]
    public async Task Unary_ManyConcurrentCallers_EachGetsItsOwn()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();
        var client = new Echo.EchoClient(channel);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(async caller =>
        {
            for (var i = 0; i < 20; i++)
            {
                var payload = EchoService.Bytes((caller * 31) + i);
                var reply = await client.UnaryAsync(new EchoRequest { Payload = ByteString.CopyFrom(payload) });
                Assert.Equal(payload, reply.Payload.ToByteArray());
            }
        }));
    }

    private static void AssertExhausted(string words, RpcException e)
    {
        Assert.Equal(StatusCode.ResourceExhausted, e.StatusCode);
        Assert.Contains(words, e.Status.Detail, StringComparison.Ordinal);
    }
}
