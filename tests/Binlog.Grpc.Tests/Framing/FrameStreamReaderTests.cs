using Binlog.Grpc.Framing;
using Binlog.Grpc.Tests.Fixtures;
using Grpc.Core;

namespace Binlog.Grpc.Tests.Framing;

public sealed class FrameStreamReaderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4096)]
    [InlineData(100_000)]
    public async Task ReadAsync_AnyChunks_GivesEveryMessage(int chunkBytes)
    {
        int[] sizes = chunkBytes < 10 ? [0, 1, 5, 4090, 4096, 0, 20_000] : [0, 1, 5, 4090, 4096, 5000, 1_048_576, 5_000_000, 3, 0, 2_500_000, 70_000];
        using var bytes = new MemoryStream();
        foreach (var size in sizes)
        {
            WriteFrame(bytes, EchoService.Bytes(size));
        }

        using var reader = new FrameStreamReader(new ChunkedStream(bytes.ToArray(), chunkBytes), 10_000_000, 4096);
        foreach (var size in sizes)
        {
            Assert.True(await reader.ReadAsync(CancellationToken.None));
            Assert.True(reader.Payload.Span.SequenceEqual(EchoService.Bytes(size)));
        }

        Assert.False(await reader.ReadAsync(CancellationToken.None));
        Assert.False(await reader.ReadAsync(CancellationToken.None));
    }

    [Fact]
    public async Task ReadAsync_TruncatedAtEveryOffset_IsEndOfStream()
    {
        using var bytes = new MemoryStream();
        WriteFrame(bytes, [1, 2, 3, 4]);
        for (var length = 1; length < bytes.Length; length++)
        {
            using var reader = new FrameStreamReader(new MemoryStream(bytes.ToArray(), 0, length), 100, 4096);
            await Assert.ThrowsAsync<EndOfStreamException>(() => reader.ReadAsync(CancellationToken.None).AsTask());
        }
    }

    [Fact]
    public async Task ReadAsync_HugeClaimWithoutBytes_AllocatesLittle()
    {
        byte[] claim = [0, 0x70, 0, 0, 0, 1]; // 1.8 GB announced, one byte sent
        using var reader = new FrameStreamReader(new MemoryStream(claim), int.MaxValue - 100, 4096);
        var before = GC.GetAllocatedBytesForCurrentThread();

        await Assert.ThrowsAsync<EndOfStreamException>(() => reader.ReadAsync(CancellationToken.None).AsTask());

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 3_000_000);
    }

    [Fact]
    public async Task ReadAsync_OverTheLimit_IsResourceExhausted()
    {
        using var reader = new FrameStreamReader(new MemoryStream([0, 0, 0, 0, 101]), 100, 4096);

        var e = await Assert.ThrowsAsync<RpcException>(() => reader.ReadAsync(CancellationToken.None).AsTask());

        Assert.Equal(StatusCode.ResourceExhausted, e.StatusCode);
    }

    private static void WriteFrame(MemoryStream target, byte[] payload)
    {
        var header = new byte[MessageFrame.HeaderSize];
        MessageFrame.WriteHeader(header, false, payload.Length);
        target.Write(header);
        target.Write(payload);
    }

    /// <summary>Gives at most so many bytes per read.</summary>
    private sealed class ChunkedStream(byte[] bytes, int chunkBytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, chunkBytes)], cancellationToken);
    }
}
