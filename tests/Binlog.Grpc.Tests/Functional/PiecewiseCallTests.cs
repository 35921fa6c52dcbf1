using Binlog.Grpc.Tests.Contracts;
using Binlog.Grpc.Tests.Fixtures;
using Google.Protobuf;
using Grpc.Core;

namespace Binlog.Grpc.Tests.Functional;

public sealed class PiecewiseCallTests
{
    private static readonly Method<EchoRequest, EchoReply> Repeat = new(
        MethodType.ServerStreaming,
        "binlog.test.Echo",
        "Repeat",
        Marshallers.Create(request => request.ToByteArray(), EchoRequest.Parser.ParseFrom),
        Marshallers.Create<EchoReply>(_ => [], _ => throw new InvalidOperationException("The codec of responses is used.")));

    [Theory]
    [InlineData(0, false)]
    [InlineData(100, false)]
    [InlineData(30_000_000, false)]
    [InlineData(100, true)]
    [InlineData(5_000_000, true)]
    public async Task ReadAsync_EveryMessage_ComesAsItWasSent(int size, bool compress)
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel(new GrpcChannelOptions { Compression = compress ? "gzip" : null, MaxReceiveMessageBytes = 50 });
        var request = EchoService.Request(size);
        request.Count = 3;

        using var call = channel.StartPiecewise(Repeat, new CallOptions(), request);
        for (var index = 0; index < 3; index++)
        {
            Assert.True(await call.MoveNextAsync());
            var reply = EchoReply.Parser.ParseFrom(await ReadAllAsync(call));
            Assert.Equal(index, reply.Total);
            Assert.Equal(request.Payload, reply.Payload);
        }

        Assert.False(await call.MoveNextAsync());
        Assert.False(await call.MoveNextAsync());
    }

    [Fact]
    public async Task MoveNextAsync_ServerFails_IsItsStatus()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();
        using var call = channel.StartPiecewise(Repeat, new CallOptions(), new EchoRequest { Count = 1, Command = "fail" });
        Assert.True(await call.MoveNextAsync());

        Assert.Equal(StatusCode.FailedPrecondition, (await Assert.ThrowsAsync<RpcException>(() => call.MoveNextAsync().AsTask())).StatusCode);
        Assert.Equal(StatusCode.FailedPrecondition, (await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync(new byte[1]).AsTask())).StatusCode);
    }

    [Fact]
    public async Task Cancel_WithinAMessageAndIdle_EndsTheCallAtTheServer()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();
        using var cancel = new CancellationTokenSource();
        var request = EchoService.Request(20_000_000, "endless");
        using var call = channel.StartPiecewise(Repeat, new CallOptions(cancellationToken: cancel.Token), request);
        Assert.True(await call.MoveNextAsync());
        Assert.InRange(await call.ReadAsync(new byte[1000]), 1, 1000);

        await cancel.CancelAsync();

        await host.Service.Cancelled.Task;
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync(new byte[1000]).AsTask())).StatusCode);
    }

    [Fact]
    public async Task ReadAsync_BeforeMoveNext_IsAnErrorOfTheCallerAndHarmless()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();
        using var call = channel.StartPiecewise(Repeat, new CallOptions(), new EchoRequest { Count = 1 });

        await Assert.ThrowsAsync<InvalidOperationException>(() => call.ReadAsync(new byte[1]).AsTask());

        Assert.True(await call.MoveNextAsync());
    }

    [Fact]
    public async Task ReadAsync_StreamEndsWithinAMessage_IsAnErrorThatSaysSo()
    {
        using var read = new CancellationTokenSource();
        await using var peer = new FakeHttp2Peer(async (stream, id) =>
        {
            await stream.WriteAsync(FakeHttp2Peer.GrpcHead(id));
            await stream.WriteAsync(FakeHttp2Peer.Frame(FakeHttp2Peer.Data, FakeHttp2Peer.EndStream, id, [0, 0x7F, 0xFF, 0xFF, 0xFF, 1, 2]));
            await Task.Delay(Timeout.InfiniteTimeSpan, read.Token);
        });
        await using var channel = GrpcChannel.ForAddress(peer.Address);
        using var call = channel.StartPiecewise(Repeat, new CallOptions(), new EchoRequest());
        Assert.True(await call.MoveNextAsync());

        var error = await Assert.ThrowsAsync<RpcException>(() => ReadAllAsync(call));
        Assert.Equal(StatusCode.Internal, error.StatusCode);
        await read.CancelAsync();
        Assert.Contains("within a message: 2 of at least 2147483647 bytes", error.Status.Detail, StringComparison.Ordinal);
    }

    private static async Task<byte[]> ReadAllAsync(PiecewiseCall call)
    {
        using var all = new MemoryStream();
        var piece = new byte[50_000];
        while (await call.ReadAsync(piece) is > 0 and var count)
        {
            all.Write(piece, 0, count);
        }

        return all.ToArray();
    }
}
