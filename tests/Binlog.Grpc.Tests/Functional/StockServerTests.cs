using System.Diagnostics;
using System.Globalization;
using Binlog.Grpc.Tests.Contracts;
using Binlog.Grpc.Tests.Fixtures;
using Google.Protobuf;
using Grpc.Core;

namespace Binlog.Grpc.Tests.Functional;

/// <summary>Our client against the stock gRPC server.</summary>
public sealed class StockServerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private Process? _server;
    private GrpcChannel? _channel;
    private string _address = "";

    private Echo.EchoClient Client => new(_channel!);

    public async ValueTask InitializeAsync()
    {
        _server = StockGrpc.Start("echo_server.py");
        var port = await _server.StandardOutput.ReadLineAsync();
        _address = "http://127.0.0.1:" + int.Parse(port!, CultureInfo.InvariantCulture);
        _channel = GrpcChannel.ForAddress(_address);
    }

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        if (_server is not null)
        {
            _server.StandardInput.Close();
            await _server.WaitForExitAsync();
            _server.Dispose();
        }
    }

    [Fact]
    public async Task Unary_AnySize_IsEchoed()
    {
        foreach (var size in new[] { 0, 1, 1000, 100_000, 10_000_000 })
        {
            var reply = await Client.UnaryAsync(EchoService.Request(size));
            Assert.True(reply.Payload.Span.SequenceEqual(EchoService.Bytes(size)));
        }
    }

    [Fact]
    public async Task ServerStreaming_ManyMessages_ComeInOrder()
    {
        var request = EchoService.Request(500);
        request.Count = 2000;
        using var call = Client.Repeat(request);
        var next = 0;
        await foreach (var reply in call.ResponseStream.ReadAllAsync())
        {
            Assert.Equal(next++, reply.Total);
        }

        Assert.Equal(2000, next);
    }

    [Fact]
    public async Task ClientStreaming_ManyMessages_AreCollected()
    {
        using var call = Client.Collect();
        for (var i = 0; i < 300; i++)
        {
            await call.RequestStream.WriteAsync(EchoService.Request(i));
        }

        await call.RequestStream.CompleteAsync();
        Assert.Equal(300 * 299 / 2, (await call).Total);
    }

    [Fact]
    public async Task Duplex_PingPong_AnswersEach()
    {
        using var call = Client.Chat();
        for (var i = 0; i < 100; i++)
        {
            await call.RequestStream.WriteAsync(EchoService.Request(i));
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(i, call.ResponseStream.Current.Payload.Length);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext());
    }

    [Fact]
    public async Task Gzip_BothWays_IsUnderstood()
    {
        await using var channel = GrpcChannel.ForAddress(_address, new GrpcChannelOptions { Compression = "gzip" });
        var request = new EchoRequest { Payload = ByteString.CopyFrom(new byte[1_000_000]), Command = "gzip", Count = 3 };

        Assert.Equal(request.Payload, (await new Echo.EchoClient(channel).UnaryAsync(request)).Payload);
        using var call = Client.Repeat(request);
        Assert.Equal(3, await call.ResponseStream.ReadAllAsync().CountAsync());
    }

    [Fact]
    public async Task Status_WithTrailers_Arrives()
    {
        var e = await Assert.ThrowsAsync<RpcException>(() => Client.UnaryAsync(EchoService.Request(1, "fail")).ResponseAsync);

        Assert.Equal(StatusCode.FailedPrecondition, e.StatusCode);
        Assert.Equal("100% höflich\nabgelehnt", e.Status.Detail);
        Assert.Equal("asked for", e.Trailers.GetValue("reason"));
        Assert.Equal([0, 255, 7], e.Trailers.GetValueBytes("detail-bin"));
    }

    [Fact]
    public async Task Metadata_BothWays_Travels()
    {
        using var call = Client.UnaryAsync(EchoService.Request(1, "metadata"), new Metadata { { "x-text", "a b" }, { "x-data-bin", new byte[] { 0, 255 } } });
        await call;

        Assert.Equal([0, 255], (await call.ResponseHeadersAsync).GetValueBytes("x-data-bin"));
        Assert.Equal("a b", call.GetTrailers().GetValue("tx-text"));
    }

    [Fact]
    public async Task Deadline_Passes_IsDeadlineExceeded()
    {
        var call = Client.UnaryAsync(EchoService.Request(1, "wait"), deadline: DateTime.UtcNow.AddMilliseconds(300));

        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WaitAsync(Patience))).StatusCode);
    }

    [Fact]
    public async Task UnknownMethod_IsUnimplemented()
    {
        var method = new Method<string, string>(MethodType.Unary, "no.Service", "Nothing", Marshallers.StringMarshaller, Marshallers.StringMarshaller);

        var e = await Assert.ThrowsAsync<RpcException>(() => _channel!.CreateCallInvoker().AsyncUnaryCall(method, null, default, "x").ResponseAsync);

        Assert.Equal(StatusCode.Unimplemented, e.StatusCode);
    }

    [Fact]
    public async Task ServerGone_MidCall_IsUnavailable()
    {
        using var call = Client.Chat();
        await call.RequestStream.WriteAsync(EchoService.Request(1));
        Assert.True(await call.ResponseStream.MoveNext());
        _server!.Kill();

        var e = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().WaitAsync(Patience));

        Assert.Equal(StatusCode.Unavailable, e.StatusCode);
        Assert.Contains(_address, e.Status.Detail, StringComparison.Ordinal);
    }
}
