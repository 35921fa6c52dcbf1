using Binlog.Grpc.Tests.Contracts;
using Binlog.Grpc.Tests.Fixtures;
using Grpc.Core;

namespace Binlog.Grpc.Tests.Functional;

public sealed class CallShapeTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(100_000)]
    [InlineData(3_000_000)]
    public async Task Unary_AnySize_IsEchoed(int bytes)
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();
        var client = new Echo.EchoClient(channel);

        using var call = client.UnaryAsync(EchoService.Request(bytes));
        var reply = await call;

        Assert.Equal(EchoService.Bytes(bytes), reply.Payload.ToByteArray());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.StartsWith("ipv4:127.0.0.1:", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blocking_Unary_IsEchoed()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();

        Assert.Equal(5, new Echo.EchoClient(channel).Unary(EchoService.Request(5)).Total);
    }

    [Theory]
    [InlineData("")]
    [InlineData("buffer")]
    public async Task ServerStreaming_ManyMessages_ComeInOrder(string command)
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();
        var request = EchoService.Request(700, command);
        request.Count = 5000;

        using var call = new Echo.EchoClient(channel).Repeat(request);
        var next = 0;
        await foreach (var reply in call.ResponseStream.ReadAllAsync())
        {
            Assert.Equal(next++, reply.Total);
            Assert.Equal(request.Payload, reply.Payload);
        }

        Assert.Equal(5000, next);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.False(await call.ResponseStream.MoveNext());
    }

    [Fact]
    public async Task ServerStreaming_NoMessage_EndsWithOk()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();

        using var call = new Echo.EchoClient(channel).Repeat(EchoService.Request(1));

        Assert.False(await call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task ClientStreaming_ManyMessages_AreCollected()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();

        using var call = new Echo.EchoClient(channel).Collect();
        for (var i = 0; i < 1000; i++)
        {
            await call.RequestStream.WriteAsync(EchoService.Request(i));
        }

        await call.RequestStream.CompleteAsync();
        var reply = await call;

        Assert.Equal(1000 * 999 / 2, reply.Total);
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.WriteAsync(EchoService.Request(1)));
    }

    [Fact]
    public async Task ClientStreaming_NoMessage_IsAnswered()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();

        using var call = new Echo.EchoClient(channel).Collect();
        await call.RequestStream.CompleteAsync();

        Assert.Equal(0, (await call).Total);
    }

    [Fact]
    public async Task Duplex_PingPong_AnswersEachBeforeTheNext()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();

        using var call = new Echo.EchoClient(channel).Chat();
        for (var i = 0; i < 200; i++)
        {
            await call.RequestStream.WriteAsync(EchoService.Request(i * 10));
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(i * 10, call.ResponseStream.Current.Payload.Length);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }
}
