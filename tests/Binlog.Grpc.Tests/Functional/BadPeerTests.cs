using System.Net.Sockets;
using Binlog.Grpc.Tests.Contracts;
using Binlog.Grpc.Tests.Fixtures;
using Grpc.Core;

namespace Binlog.Grpc.Tests.Functional;

public sealed class BadPeerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/grpc-web")]
    [InlineData("application/json")]
    public async Task Call_WrongContentType_IsUnknownAndNamed(string contentType) =>
        await AssertBothAsync(
            (stream, id) => Send(stream, FakeHttp2Peer.HeadersFrame(id, true, (":status", "200"), ("content-type", contentType))),
            StatusCode.Unknown,
            contentType);

    [Theory]
    [InlineData("400", StatusCode.Internal)]
    [InlineData("401", StatusCode.Unauthenticated)]
    [InlineData("403", StatusCode.PermissionDenied)]
    [InlineData("404", StatusCode.Unimplemented)]
    [InlineData("429", StatusCode.Unavailable)]
    [InlineData("503", StatusCode.Unavailable)]
    [InlineData("418", StatusCode.Unknown)]
    public async Task Call_HttpStatus_IsMapped(string status, StatusCode expected) =>
        await AssertBothAsync((stream, id) => Send(stream, FakeHttp2Peer.HeadersFrame(id, true, (":status", status))), expected, status);

    [Fact]
    public async Task Call_TrailersOnly_IsItsStatus() =>
        await AssertBothAsync(
            (stream, id) => Send(stream, FakeHttp2Peer.HeadersFrame(id, true, (":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "7"), ("grpc-message", "n%C3%B6"))),
            StatusCode.PermissionDenied,
            "nö");

    [Fact]
    public async Task Call_NoStatusAtTheEnd_IsUnknown() =>
        await AssertBothAsync(
            (stream, id) => Send(stream, FakeHttp2Peer.GrpcHead(id), FakeHttp2Peer.Frame(FakeHttp2Peer.Data, FakeHttp2Peer.EndStream, id)),
            StatusCode.Unknown,
            "without a grpc-status");

    [Fact]
    public async Task Call_StatusIsNoNumber_IsUnknown() =>
        await AssertBothAsync(
            (stream, id) => Send(stream, FakeHttp2Peer.GrpcHead(id), FakeHttp2Peer.HeadersFrame(id, true, ("grpc-status", "fine"))),
            StatusCode.Unknown,
            "");

    [Fact]
    public async Task Unary_OkWithoutMessage_IsInternal() =>
        await AssertUnaryAsync(
            (stream, id) => Send(stream, FakeHttp2Peer.GrpcHead(id), FakeHttp2Peer.HeadersFrame(id, true, ("grpc-status", "0"))),
            StatusCode.Internal,
            "without a message");

    [Fact]
    public async Task Unary_TwoMessages_IsInternal() =>
        await AssertUnaryAsync(
            (stream, id) => Send(
                stream,
                FakeHttp2Peer.GrpcHead(id),
                FakeHttp2Peer.Frame(FakeHttp2Peer.Data, 0, id, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
                FakeHttp2Peer.HeadersFrame(id, true, ("grpc-status", "0"))),
            StatusCode.Internal,
            "more than one message");

    [Fact]
    public async Task Call_BodyEndsWithinAMessage_IsInternal() =>
        await AssertBothAsync(
            (stream, id) => Send(stream, FakeHttp2Peer.GrpcHead(id), FakeHttp2Peer.Frame(FakeHttp2Peer.Data, FakeHttp2Peer.EndStream, id, [0, 0, 0, 0, 9, 1])),
            StatusCode.Internal,
            "within a message");

    [Fact]
    public async Task Call_BodyEndsWithinAMessageAndStatusSaysWhy_IsThatStatus() =>
        await AssertBothAsync(
            (stream, id) => Send(
                stream,
                FakeHttp2Peer.GrpcHead(id),
                FakeHttp2Peer.Frame(FakeHttp2Peer.Data, 0, id, [0, 0, 0, 0, 9, 1]),
                FakeHttp2Peer.HeadersFrame(id, true, ("grpc-status", "15"), ("grpc-message", "disk"))),
            StatusCode.DataLoss,
            "disk");

    [Fact]
    public async Task Call_NotAFrame_IsInternal() =>
        await AssertBothAsync(
            (stream, id) => Send(stream, FakeHttp2Peer.GrpcHead(id), FakeHttp2Peer.Frame(FakeHttp2Peer.Data, FakeHttp2Peer.EndStream, id, "<html>oops"u8.ToArray())),
            StatusCode.Internal,
            "compressed flag is 60");

    [Fact]
    public async Task Call_ClaimsTwoGigabytes_IsResourceExhausted() =>
        await AssertBothAsync(
            (stream, id) => Send(stream, FakeHttp2Peer.GrpcHead(id), FakeHttp2Peer.Frame(FakeHttp2Peer.Data, 0, id, [0, 0x7F, 0xFF, 0xFF, 0xFF])),
            StatusCode.ResourceExhausted,
            "2147483647");

    [Theory]
    [InlineData(2, StatusCode.Internal)]
    [InlineData(8, StatusCode.Cancelled)]
    [InlineData(11, StatusCode.ResourceExhausted)]
    [InlineData(12, StatusCode.PermissionDenied)]
    public async Task Call_StreamReset_IsMapped(byte errorCode, StatusCode expected) =>
        await AssertBothAsync(
            (stream, id) => Send(stream, FakeHttp2Peer.GrpcHead(id), FakeHttp2Peer.Frame(FakeHttp2Peer.ResetStream, 0, id, [0, 0, 0, errorCode])),
            expected,
            "");

    [Fact]
    public async Task Call_StreamResetBeforeTheHead_IsMapped() =>
        await AssertBothAsync((stream, id) => Send(stream, FakeHttp2Peer.Frame(FakeHttp2Peer.ResetStream, 0, id, [0, 0, 0, 8])), StatusCode.Cancelled, "");

    [Fact]
    public async Task Call_GoAwayMidCall_IsUnavailable() =>
        await AssertBothAsync(
            async (stream, id) =>
            {
                await stream.WriteAsync(FakeHttp2Peer.GrpcHead(id));
                await stream.WriteAsync(FakeHttp2Peer.Frame(FakeHttp2Peer.GoAway, 0, 0, [0, 0, 0, (byte)id, 0, 0, 0, 0]));
                // Returns: the connection closes, the call never got its end.
            },
            StatusCode.Unavailable,
            "127.0.0.1",
            keepOpen: false);

    [Fact]
    public async Task Call_ConnectionClosedMidCall_IsUnavailable() =>
        await AssertBothAsync(async (stream, id) => await stream.WriteAsync(FakeHttp2Peer.GrpcHead(id)), StatusCode.Unavailable, "127.0.0.1", keepOpen: false);

    [Fact]
    public async Task Call_GarbageInsteadOfHttp2_Fails()
    {
        await using var peer = new FakeHttp2Peer(async (stream, _) => await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"u8.ToArray()), handshake: false);

        var e = await FailUnaryAsync(peer.Address);

        Assert.True(e.StatusCode is StatusCode.Unavailable or StatusCode.Internal, e.ToString());
        Assert.Contains(peer.Address, e.Status.Detail, StringComparison.Ordinal);
        Assert.NotNull(e.InnerException);
    }

    [Fact]
    public async Task Call_NobodyListens_IsUnavailableWithAddressAndCause()
    {
        using var free = new TcpListener(System.Net.IPAddress.Loopback, 0);
        free.Start();
        var address = $"http://127.0.0.1:{((System.Net.IPEndPoint)free.LocalEndpoint).Port}";
        free.Stop();

        var e = await FailUnaryAsync(address);

        Assert.Equal(StatusCode.Unavailable, e.StatusCode);
        Assert.Contains(address, e.Status.Detail, StringComparison.Ordinal);
        Assert.NotNull(e.InnerException);
    }

    [Fact]
    public async Task Call_PeerAcceptsAndSaysNothing_DeadlineEndsIt()
    {
        await using var peer = Peer((_, _) => Task.CompletedTask, keepOpen: true);
        await using var channel = GrpcChannel.ForAddress(peer.Address);

        var call = new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(1), deadline: DateTime.UtcNow.AddMilliseconds(300));
        var e = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WaitAsync(Patience));

        Assert.Equal(StatusCode.DeadlineExceeded, e.StatusCode);
    }

    [Fact]
    public async Task Call_PeerStopsAnsweringPings_IsUnavailable()
    {
        await using var peer = Peer((_, _) => Task.CompletedTask, keepOpen: true);
        await using var channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions { KeepAlivePingDelay = TimeSpan.FromSeconds(1), KeepAlivePingTimeout = TimeSpan.FromSeconds(1) });

        var e = await Assert.ThrowsAsync<RpcException>(() => new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(1)).ResponseAsync.WaitAsync(Patience));

        Assert.True(e.StatusCode == StatusCode.Unavailable, e.ToString());
    }

    private static async Task AssertBothAsync(Func<NetworkStream, int, Task> answer, StatusCode expected, string words, bool keepOpen = true)
    {
        await AssertUnaryAsync(answer, expected, words, keepOpen);

        await using var peer = Peer(answer, keepOpen);
        await using var channel = GrpcChannel.ForAddress(peer.Address);
        using var call = new Echo.EchoClient(channel).Repeat(EchoService.Request(1));
        AssertFailed(expected, words, await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().WaitAsync(Patience)));
    }

    private static async Task AssertUnaryAsync(Func<NetworkStream, int, Task> answer, StatusCode expected, string words, bool keepOpen = true)
    {
        await using var peer = Peer(answer, keepOpen);
        AssertFailed(expected, words, await FailUnaryAsync(peer.Address));
    }

    private static FakeHttp2Peer Peer(Func<NetworkStream, int, Task> answer, bool keepOpen)
    {
        var end = new TaskCompletionSource<CancellationToken>();
        var peer = new FakeHttp2Peer(async (stream, id) =>
        {
            await answer(stream, id);
            if (keepOpen)
            {
                await Task.Delay(Timeout.Infinite, await end.Task);
            }
        });
        end.SetResult(peer.Stopped);
        return peer;
    }

    private static async Task<RpcException> FailUnaryAsync(string address)
    {
        await using var channel = GrpcChannel.ForAddress(address);
        return await Assert.ThrowsAsync<RpcException>(() => new Echo.EchoClient(channel).UnaryAsync(EchoService.Request(1)).ResponseAsync.WaitAsync(Patience));
    }

    private static void AssertFailed(StatusCode expected, string words, RpcException e)
    {
        Assert.True(expected == e.StatusCode, e.ToString());
        Assert.Contains(words, e.Status.Detail, StringComparison.Ordinal);
    }

    private static async Task Send(NetworkStream stream, params byte[][] frames)
    {
        foreach (var frame in frames)
        {
            await stream.WriteAsync(frame);
        }
    }
}
