using System.Net;
using Binlog.Grpc.Framing;
using Binlog.Grpc.Tests.Contracts;
using Binlog.Grpc.Tests.Fixtures;
using Binlog.Service.GrpcServer;
using Google.Protobuf;

namespace Binlog.Grpc.Tests.Functional;

/// <summary>What our server puts on the wire, and how it takes requests that no good client sends.</summary>
public sealed class WireTests
{
    private const string Unary = "/binlog.test.Echo/Unary";

    [Fact]
    public async Task Success_HasStatusInTrailers()
    {
        await using var host = await EchoHost.StartAsync();

        var (response, body) = await RawCall.SendAsync(host.Address + Unary, Frame(EchoService.Request(10)));

        Assert.Equal("application/grpc", response.Content.Headers.ContentType?.ToString());
        Assert.Null(RawCall.Header(response.Headers, "grpc-status"));
        Assert.Equal("0", RawCall.Header(response.TrailingHeaders, "grpc-status"));
        Assert.Null(RawCall.Header(response.TrailingHeaders, "grpc-message"));
        Assert.Null(RawCall.Header(response.Headers, "grpc-encoding"));
        Assert.Equal(0, body[0]);
    }

    [Fact]
    public async Task Failure_WithoutMessage_IsTrailersOnly()
    {
        await using var host = await EchoHost.StartAsync();

        var (response, body) = await RawCall.SendAsync(host.Address + Unary, Frame(EchoService.Request(10, "fail")));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("9", RawCall.Header(response.Headers, "grpc-status"));
        Assert.Equal("100%25 h%C3%B6flich%0Aabgelehnt", RawCall.Header(response.Headers, "grpc-message"));
        Assert.Equal("AP8H", RawCall.Header(response.Headers, "detail-bin"));
        Assert.Empty(response.TrailingHeaders);
        Assert.Empty(body);
    }

    [Theory]
    [InlineData(true, null, "gzip", true)]
    [InlineData(true, null, "identity, deflate,gzip", true)]
    [InlineData(true, null, "identity", false)]
    [InlineData(true, null, null, false)]
    [InlineData(false, null, "gzip", false)]
    [InlineData(false, "gzip", "gzip", true)]
    [InlineData(false, "gzip", null, false)]
    public async Task Response_IsCompressedWhenBothWantIt(bool always, string? encoding, string? accept, bool expected)
    {
        await using var host = await EchoHost.StartAsync(new GrpcServerOptions { CompressAlways = always });
        var request = new EchoRequest { Payload = ByteString.CopyFrom(new byte[10_000]) };
        List<(string, string)> headers = [];
        if (encoding is not null)
        {
            headers.Add(("grpc-encoding", encoding));
        }

        if (accept is not null)
        {
            headers.Add(("grpc-accept-encoding", accept));
        }

        var (response, body) = await RawCall.SendAsync(host.Address + Unary, Frame(request), [.. headers]);

        Assert.Equal(expected ? "gzip" : null, RawCall.Header(response.Headers, "grpc-encoding"));
        Assert.Equal(expected ? 1 : 0, body[0]);
        Assert.Equal(expected, body.Length < 1000);
    }

    [Fact]
    public async Task Request_UnknownEncoding_IsUnimplementedAndSaysWhatIsSupported()
    {
        await using var host = await EchoHost.StartAsync();

        var (response, _) = await RawCall.SendAsync(host.Address + Unary, [1, 0, 0, 0, 1, 0], ("grpc-encoding", "snappy"));

        Assert.Equal("12", RawCall.Header(response.Headers, "grpc-status"));
        Assert.Equal("identity,gzip", RawCall.Header(response.Headers, "grpc-accept-encoding"));
    }

    [Theory]
    [InlineData(new byte[0], "13")] // no message
    [InlineData(new byte[] { 0 }, "13")] // half a header
    [InlineData(new byte[] { 0, 0, 0, 0, 2, 8 }, "13")] // half a message
    [InlineData(new byte[] { 9, 0, 0, 0, 0 }, "13")] // no frame
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, "13")] // two messages
    [InlineData(new byte[] { 1, 0, 0, 0, 0 }, "13")] // compressed without an encoding
    [InlineData(new byte[] { 0, 127, 255, 255, 255 }, "8")] // claims 2 GiB
    public async Task Request_Malformed_IsAnError(byte[] body, string status)
    {
        await using var host = await EchoHost.StartAsync();

        var (response, _) = await RawCall.SendAsync(host.Address + Unary, body);

        Assert.Equal(status, RawCall.Header(response.Headers, "grpc-status"));
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("1")]
    [InlineData("999999999S")]
    public async Task Request_MalformedTimeout_IsInvalidArgument(string timeout)
    {
        await using var host = await EchoHost.StartAsync();

        var (response, _) = await RawCall.SendAsync(host.Address + Unary, Frame(EchoService.Request(1)), ("grpc-timeout", timeout));

        Assert.Equal("3", RawCall.Header(response.Headers, "grpc-status"));
    }

    [Fact]
    public async Task Request_TimeoutPasses_ServerEndsTheCall()
    {
        var time = new ManualTimeProvider();
        await using var host = await EchoHost.StartAsync(new GrpcServerOptions { TimeProvider = time });

        var call = RawCall.SendAsync(host.Address + Unary, Frame(EchoService.Request(1, "wait")), ("grpc-timeout", "5S"));
        await host.Service.Started.Task;
        time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(host.Service.Cancelled.Task.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.1));
        var (response, _) = await call;

        Assert.Equal("4", RawCall.Header(response.Headers, "grpc-status"));
    }

    [Fact]
    public async Task Request_OtherContentType_IsNotGrpc()
    {
        await using var host = await EchoHost.StartAsync();

        var (response, _) = await RawCall.SendAsync(host.Address + Unary, [], ("content-type", "application/grpc-web"));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Request_ContentTypeWithSuffix_IsGrpc()
    {
        await using var host = await EchoHost.StartAsync();

        var (response, _) = await RawCall.SendAsync(host.Address + Unary, Frame(EchoService.Request(1)), ("content-type", "application/grpc+proto"));

        Assert.Equal("0", RawCall.Header(response.TrailingHeaders, "grpc-status"));
    }

    [Fact]
    public async Task Request_OverHttp1_NeedsUpgrade()
    {
        await using var host = await EchoHost.StartAsync();
        using var http = new HttpClient();
        using var content = new ByteArrayContent(Frame(EchoService.Request(1)));
        content.Headers.ContentType = new("application/grpc");

        using var response = await http.PostAsync(new Uri(host.Address + Unary), content);

        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
    }

    private static byte[] Frame(EchoRequest request)
    {
        var payload = request.ToByteArray();
        var frame = new byte[MessageFrame.HeaderSize + payload.Length];
        MessageFrame.WriteHeader(frame, false, payload.Length);
        payload.CopyTo(frame, MessageFrame.HeaderSize);
        return frame;
    }
}
