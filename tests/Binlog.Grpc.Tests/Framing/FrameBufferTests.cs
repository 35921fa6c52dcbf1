using System.Buffers;
using System.Text;
using Binlog.Grpc.Framing;
using Binlog.Grpc.Tests.Contracts;
using Binlog.Grpc.Tests.Fixtures;
using Google.Protobuf;
using Grpc.Core;

namespace Binlog.Grpc.Tests.Framing;

public sealed class FrameBufferTests
{
    private static readonly Marshaller<EchoRequest> Protobuf = Marshallers.Create(
        (message, context) =>
        {
            context.SetPayloadLength(message.CalculateSize());
            message.WriteTo(context.GetBufferWriter());
            context.Complete();
        },
        context => EchoRequest.Parser.ParseFrom(context.PayloadAsReadOnlySequence()));

    [Fact]
    public void Write_Text_HasHeaderAndBytes()
    {
        using var frame = new FrameBuffer(10);

        frame.Write(Marshallers.StringMarshaller, "abc", compress: false);

        Assert.Equal([0, 0, 0, 0, 3, 97, 98, 99], frame.Frame.ToArray());
    }

    [Fact]
    public void Write_Twice_ReplacesTheFirst()
    {
        using var frame = new FrameBuffer(10);

        frame.Write(Marshallers.StringMarshaller, "abc", compress: false);
        frame.Write(Marshallers.StringMarshaller, "", compress: false);

        Assert.Equal([0, 0, 0, 0, 0], frame.Frame.ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Write_Protobuf_DecodesToTheSame(bool compress)
    {
        var message = EchoService.Request(100_000, "x");
        using var frame = new FrameBuffer(200_000);

        frame.Write(Protobuf, message, compress);

        Assert.Equal(message, Decode(frame.Frame, "gzip", 200_000));
    }

    [Fact]
    public void Write_ExactlyTheLimit_IsTaken()
    {
        using var frame = new FrameBuffer(3);

        frame.Write(Marshallers.StringMarshaller, "abc", compress: false);

        Assert.Equal(8, frame.Frame.Length);
    }

    [Fact]
    public void Write_OverTheLimit_IsResourceExhausted()
    {
        using var frame = new FrameBuffer(2);

        var e = Assert.Throws<RpcException>(() => frame.Write(Marshallers.StringMarshaller, "abc", compress: false));

        Assert.Equal(StatusCode.ResourceExhausted, e.StatusCode);
        Assert.Contains("trying to send message larger than max (3 vs. 2", e.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_UnannouncedOverTheLimit_IsResourceExhausted()
    {
        var marshaller = Marshallers.Create<string>((text, context) => context.GetBufferWriter().Write(Encoding.UTF8.GetBytes(text)), _ => "");
        using var frame = new FrameBuffer(2);

        var e = Assert.Throws<RpcException>(() => frame.Write(marshaller, "abc", compress: false));

        Assert.Equal(StatusCode.ResourceExhausted, e.StatusCode);
        Assert.Contains("(3 vs. 2", e.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_SerializerThrows_IsInternal()
    {
        var marshaller = Marshallers.Create<string>((_, _) => throw new FormatException("no"), _ => "");
        using var frame = new FrameBuffer(2);

        Assert.Equal(StatusCode.Internal, Assert.Throws<RpcException>(() => frame.Write(marshaller, "", compress: false)).StatusCode);
    }

    [Fact]
    public void Decode_DamagedGzip_IsInternal()
    {
        var message = EchoService.Request(1000);
        using var frame = new FrameBuffer(2000);
        frame.Write(Protobuf, message, compress: true);
        var whole = frame.Frame.ToArray();

        for (var length = 1; length < whole.Length - MessageFrame.HeaderSize; length++)
        {
            var bytes = whole[..(MessageFrame.HeaderSize + length)];
            MessageFrame.WriteHeader(bytes, true, length);
            var e = Assert.Throws<RpcException>(() => Decode(bytes, "gzip", 2000));
            Assert.Equal(StatusCode.Internal, e.StatusCode);
        }
    }

    [Fact]
    public void Decode_ZipBomb_StopsAtTheLimit()
    {
        var message = new EchoRequest { Payload = ByteString.CopyFrom(new byte[50_000_000]) };
        using var frame = new FrameBuffer(100_000_000);
        frame.Write(Protobuf, message, compress: true);
        Assert.InRange(frame.Frame.Length, 1, 1_000_000);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var e = Assert.Throws<RpcException>(() => Decode(frame.Frame, "gzip", 1_000_000));

        Assert.Equal(StatusCode.ResourceExhausted, e.StatusCode);
        Assert.Contains("1000000", e.Status.Detail, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 6_000_000);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("identity")]
    [InlineData("snappy")]
    public void Decode_CompressedWithoutKnownEncoding_NamesTheProblem(string? encoding)
    {
        var e = Assert.Throws<RpcException>(() => Decode(new byte[] { 1, 0, 0, 0, 1, 0 }, encoding, 100));

        Assert.Equal(encoding == "snappy" ? StatusCode.Unimplemented : StatusCode.Internal, e.StatusCode);
        Assert.Contains(encoding ?? "missing", e.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_NotTheMessage_IsInternal()
    {
        var e = Assert.Throws<RpcException>(() => Decode(new byte[] { 0, 0, 0, 0, 2, 0xFF, 0xFF }, null, 100));

        Assert.Equal(StatusCode.Internal, e.StatusCode);
        Assert.NotNull(e.Status.DebugException);
    }

    private static EchoRequest Decode(ReadOnlyMemory<byte> frame, string? encoding, int limit)
    {
        var buffer = new ReadOnlySequence<byte>(frame);
        Assert.True(MessageFrame.TryRead(ref buffer, limit, out var compressed, out var payload));
        return new MessageDecoder<EchoRequest>(Protobuf, limit, StatusCode.Unimplemented).Decode(payload, compressed, encoding);
    }
}
