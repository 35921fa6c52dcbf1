using System.Net;
using System.Net.Sockets;
using Binlog.Grpc.Tests.Contracts;
using Binlog.Grpc.Tests.Fixtures;
using Grpc.Core;

namespace Binlog.Grpc.Tests.Functional;

public sealed class VirtualTimeTests
{
    [Fact]
    public async Task Unary_ClientClockReachesDeadline_CallEndsOnBothSides()
    {
        var time = new ManualTimeProvider();
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel(new GrpcChannelOptions { TimeProvider = time });

        using var call = new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(1, "wait"), deadline: time.GetUtcNow().UtcDateTime.AddHours(1));
        await host.Service.Started.Task;
        time.Advance(TimeSpan.FromMinutes(59));
        Assert.False(call.ResponseAsync.IsCompleted);
        time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode);
        await host.Service.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task ServerStreaming_DeadlinePassesBetweenReads_CallEndsOnBothSides()
    {
        var time = new ManualTimeProvider();
        await using var host = await EchoHost.StartAsync();
        await using var channel = host.CreateChannel(new GrpcChannelOptions { TimeProvider = time });
        var request = EchoService.Request(1, "wait");
        request.Count = 1;

        using var call = new Echo.EchoClient(channel).Repeat(request, deadline: time.GetUtcNow().UtcDateTime.AddHours(1));
        Assert.True(await call.ResponseStream.MoveNext());
        await host.Service.Started.Task;
        time.Advance(TimeSpan.FromHours(1));

        await host.Service.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext())).StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PR")]
    public async Task Connection_SaysTooLittleForTooLong_IsClosed(string sent)
    {
        var time = new ManualTimeProvider();
        await using var host = await EchoHost.StartAsync(time: time);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, host.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(sent));
        await time.WaitForTimerAsync();

        time.Advance(TimeSpan.FromSeconds(31));

        var read = 0;
        try
        {
            read = await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        }
        catch (IOException)
        {
            // Reset rather than closed.
        }

        Assert.Equal(0, read);
    }
}
