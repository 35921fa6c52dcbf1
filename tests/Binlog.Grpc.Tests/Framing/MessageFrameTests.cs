using System.Buffers;
using Binlog.Grpc.Framing;
using Binlog.Grpc.Tests.Fixtures;
using FsCheck;
using FsCheck.Fluent;
using Grpc.Core;

namespace Binlog.Grpc.Tests.Framing;

public sealed class MessageFrameTests
{
    [Fact]
    public void TryRead_Empty_NeedsMore() => AssertNeedsMore([]);

    [Fact]
    public void TryRead_OneByte_NeedsMore() => AssertNeedsMore([0]);

    [Fact]
    public void TryRead_HeaderOnly_NeedsMore() => AssertNeedsMore([
        0, // not compressed
        0, 0, 0, 1, // length 1
    ]);

    [Fact]
    public void TryRead_BodyIncomplete_NeedsMore() => AssertNeedsMore([
        0,
        0, 0, 0, 3,
        1, 2,
    ]);

    [Fact]
    public void TryRead_EmptyMessage_IsRead()
    {
        var buffer = new ReadOnlySequence<byte>([0, 0, 0, 0, 0]);

        Assert.True(MessageFrame.TryRead(ref buffer, 10, out var compressed, out var payload));
        Assert.False(compressed);
        Assert.Equal(0, payload.Length);
        Assert.True(buffer.IsEmpty);
    }

    [Fact]
    public void TryRead_ExactlyTheLimit_IsRead()
    {
        var buffer = new ReadOnlySequence<byte>([1, 0, 0, 0, 3, 7, 8, 9]);

        Assert.True(MessageFrame.TryRead(ref buffer, 3, out var compressed, out var payload));
        Assert.True(compressed);
        Assert.Equal([7, 8, 9], payload.ToArray());
    }

    [Fact]
    public void TryRead_OverTheLimit_FailsBeforeTheBodyComes()
    {
        var e = Assert.Throws<RpcException>(() =>
        {
            var buffer = new ReadOnlySequence<byte>([0, 0, 0, 0, 4]);
            MessageFrame.TryRead(ref buffer, 3, out _, out _);
        });

        Assert.Equal(StatusCode.ResourceExhausted, e.StatusCode);
        Assert.Contains("received message larger than max (4 vs. 3", e.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void TryRead_LengthWithTopBit_IsOverTheLimit()
    {
        var e = Assert.Throws<RpcException>(() =>
        {
            var buffer = new ReadOnlySequence<byte>([0, 255, 255, 255, 255]);
            MessageFrame.TryRead(ref buffer, int.MaxValue, out _, out _);
        });

        Assert.Equal(StatusCode.ResourceExhausted, e.StatusCode);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(0x48)]
    [InlineData(255)]
    public void TryRead_BadFlag_IsInternal(byte flag)
    {
        var e = Assert.Throws<RpcException>(() =>
        {
            var buffer = new ReadOnlySequence<byte>([flag, 0, 0, 0, 0]);
            MessageFrame.TryRead(ref buffer, 10, out _, out _);
        });

        Assert.Equal(StatusCode.Internal, e.StatusCode);
    }

    [Fact]
    public void TryRead_TwoMessages_AreReadInTurn()
    {
        var buffer = new ReadOnlySequence<byte>([
            0, 0, 0, 0, 1, 11, // first
            0, 0, 0, 0, 2, 21, 22, // second
            0, 0, // beginning of a third
        ]);

        Assert.True(MessageFrame.TryRead(ref buffer, 10, out _, out var first));
        Assert.True(MessageFrame.TryRead(ref buffer, 10, out _, out var second));
        Assert.False(MessageFrame.TryRead(ref buffer, 10, out _, out _));
        Assert.Equal([11], first.ToArray());
        Assert.Equal([21, 22], second.ToArray());
        Assert.Equal(2, buffer.Length);
    }

    [Fact]
    public void TryRead_TruncatedAtEveryOffset_NeedsMore()
    {
        byte[] frame = [0, 0, 0, 0, 6, 1, 2, 3, 4, 5, 6];
        for (var length = 0; length < frame.Length; length++)
        {
            AssertNeedsMore(frame[..length]);
        }
    }

    [Fact]
    public void TryRead_AnySplitIntoSegments_RoundTrips() => Prop.ForAll<byte[], byte[], byte>((first, second, size) =>
    {
        var bytes = Frame(first, false).Concat(Frame(second, true)).ToArray();
        var buffer = Segments.Of(bytes, (size % 7) + 1);

        Assert.True(MessageFrame.TryRead(ref buffer, 1000, out var flag1, out var payload1));
        Assert.True(MessageFrame.TryRead(ref buffer, 1000, out var flag2, out var payload2));
        Assert.True(buffer.IsEmpty);
        Assert.False(flag1);
        Assert.True(flag2);
        Assert.Equal(first, payload1.ToArray());
        Assert.Equal(second, payload2.ToArray());
    }).QuickCheckThrowOnFailure();

    private static byte[] Frame(byte[] payload, bool compressed)
    {
        var frame = new byte[MessageFrame.HeaderSize + payload.Length];
        MessageFrame.WriteHeader(frame, compressed, payload.Length);
        payload.CopyTo(frame, MessageFrame.HeaderSize);
        return frame;
    }

    private static void AssertNeedsMore(byte[] bytes)
    {
        var buffer = new ReadOnlySequence<byte>(bytes);

        Assert.False(MessageFrame.TryRead(ref buffer, 10, out _, out _));
        Assert.Equal(bytes.Length, buffer.Length);
    }
}
