using Binlog.Grpc.Tests.Contracts;
using Binlog.Grpc.Tests.Fixtures;
using Grpc.Core;

namespace Binlog.Grpc.Tests.Functional;

public sealed class CancellationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Unary_TokenCancelled_BothSidesStop()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();
        using var source = new CancellationTokenSource();

        using var call = new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(1, "wait"), cancellationToken: source.Token);
        await host.Service.Started.Task.WaitAsync(Patience);
        await source.CancelAsync();

        var e = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WaitAsync(Patience));
        Assert.Equal(StatusCode.Cancelled, e.StatusCode);
        await host.Service.Cancelled.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Unary_TokenCancelledBefore_NothingIsSent()
    {
        await using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1");

        var e = await Assert.ThrowsAsync<RpcException>(() =>
            new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(1), cancellationToken: new CancellationToken(true)).ResponseAsync);

        Assert.Equal(StatusCode.Cancelled, e.StatusCode);
    }

    [Fact]
    public async Task Unary_Disposed_ServerStops()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();

        var call = new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(1, "wait"));
        await host.Service.Started.Task.WaitAsync(Patience);
        call.Dispose();

        var e = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WaitAsync(Patience));
        Assert.Equal(StatusCode.Cancelled, e.StatusCode);
        await host.Service.Cancelled.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Channel_Shutdown_EndsItsCalls()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();

        using var call = new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(1, "wait"));
        await host.Service.Started.Task.WaitAsync(Patience);
        await channel.ShutdownAsync();

        var e = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WaitAsync(Patience));
        Assert.Equal(StatusCode.Cancelled, e.StatusCode);
        await host.Service.Cancelled.Task.WaitAsync(Patience);
        Assert.Throws<ObjectDisposedException>(() => new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(1)));
    }

    [Fact]
    public async Task ServerStreaming_EndlessAndCancelledByReader_ServerStops()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();
        using var source = new CancellationTokenSource();

        using var call = new Echo.EchoClient(channel).Repeat(EchoService.Request(1000, "endless"));
        for (var i = 0; i < 100; i++)
        {
            Assert.True(await call.ResponseStream.MoveNext());
        }

        await source.CancelAsync();
        var e = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(source.Token));
        Assert.Equal(StatusCode.Cancelled, e.StatusCode);
        await host.Service.Cancelled.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task ServerStreaming_ReaderStopsReading_WriterIsHeldBack()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();

        // Nobody reads: flow control must stop the server, and disposing must end it.
        var call = new Echo.EchoClient(channel).Repeat(EchoService.Request(100_000, "endless"));
        await host.Service.Started.Task.WaitAsync(Patience);
        call.Dispose();

        await host.Service.Cancelled.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Duplex_WriteTokenCancelled_CallEnds()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();

        using var call = new Echo.EchoClient(channel).Chat();
        var e = await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(EchoService.Request(1), new CancellationToken(true)));

        Assert.Equal(StatusCode.Cancelled, e.StatusCode);
        var read = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().WaitAsync(Patience));
        Assert.Equal(StatusCode.Cancelled, read.StatusCode);
    }

    [Fact]
    public async Task Unary_DeadlinePasses_BothSidesStop()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();

        using var call = new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(1, "wait"), deadline: DateTime.UtcNow.AddMilliseconds(300));

        var e = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WaitAsync(Patience));
        Assert.Equal(StatusCode.DeadlineExceeded, e.StatusCode);
        await host.Service.Cancelled.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Unary_DeadlineInThePast_FailsWithoutSending()
    {
        await using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1");

        var e = await Assert.ThrowsAsync<RpcException>(() =>
            new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(1), deadline: DateTime.UtcNow.AddSeconds(-1)).ResponseAsync);

        Assert.Equal(StatusCode.DeadlineExceeded, e.StatusCode);
    }

    [Fact]
    public async Task Unary_DeadlineFarAway_Succeeds()
    {
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();

        Assert.Equal(1, (await new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(1), deadline: DateTime.UtcNow.AddYears(500))).Total);
    }

    [Fact]
    public async Task Unary_ServerStops_IsUnavailable()
    {
        var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel();

        using var call = new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(1, "wait"));
        await host.Service.Started.Task.WaitAsync(Patience);
        await host.DisposeAsync();

        var e = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WaitAsync(Patience));
        Assert.Equal(StatusCode.Unavailable, e.StatusCode);
    }
}
