using System.IO.Compression;
using Binlog.Grpc.Framing;
using Binlog.Grpc.Tests.Fixtures;
using Grpc.Core;

namespace Binlog.Grpc.Tests.Framing;

public sealed class PieceReaderTests
{
    [Theory]
    [InlineData(1, 3)]
    [InlineData(4096, 100)]
    [InlineData(100_000, 200_000)]
    [InlineData(10_000_000, 64 * 1024)]
    public async Task ReadAsync_AnyChunksAndPieces_GivesEveryMessage(int chunkBytes, int pieceBytes)
    {
        int[] sizes = chunkBytes < 10 ? [0, 1, 5, 4090, 0, 20_000] : [0, 1, 5, 4090, 4096, 1_048_576, 2_000_000, 3, 0, 70_000];
        using var reader = new PieceReader(new Chunks(Frames(sizes), chunkBytes));
        foreach (var size in sizes)
        {
            Assert.True(await reader.MoveNextAsync(CancellationToken.None));
            Assert.Equal(size, reader.Length);
            AssertEqual(size, await ReadAllAsync(reader, pieceBytes));
            Assert.Equal(0, await reader.ReadAsync(new byte[1], CancellationToken.None));
        }

        Assert.False(await reader.MoveNextAsync(CancellationToken.None));
        Assert.False(await reader.MoveNextAsync(CancellationToken.None));
    }

    [Fact]
    public async Task MoveNextAsync_MessageReadInPartOrNotAtAll_GoesOverTheRest()
    {
        using var reader = new PieceReader(new Chunks(Frames([300_000, 200_000, 7]), 1000));
        Assert.True(await reader.MoveNextAsync(CancellationToken.None));
        Assert.InRange(await reader.ReadAsync(new byte[10], CancellationToken.None), 1, 10);
        Assert.True(await reader.MoveNextAsync(CancellationToken.None));
        Assert.True(await reader.MoveNextAsync(CancellationToken.None));
        Assert.Equal(EchoService.Bytes(7), await ReadAllAsync(reader, 100));
    }

    [Fact]
    public async Task ReadAsync_TruncatedAtEveryOffset_IsEndOfStream()
    {
        var bytes = Frames([4]);
        for (var length = 1; length < bytes.Length; length++)
        {
            using var reader = new PieceReader(new MemoryStream(bytes, 0, length));
            await Assert.ThrowsAsync<EndOfStreamException>(async () =>
            {
                await reader.MoveNextAsync(CancellationToken.None);
                await ReadAllAsync(reader, 10);
            });
        }
    }

    [Fact]
    public async Task MoveNextAsync_TruncatedWhileItIsSkipped_IsEndOfStream()
    {
        using var reader = new PieceReader(new MemoryStream(Frames([100]), 0, 50));
        Assert.True(await reader.MoveNextAsync(CancellationToken.None));
        await Assert.ThrowsAsync<EndOfStreamException>(() => reader.MoveNextAsync(CancellationToken.None).AsTask());
    }

    [Fact]
    public async Task ReadAsync_LargestClaimWithoutBytes_TakesNoMemoryForIt()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var reader = new PieceReader(new MemoryStream([0, 0x7F, 0xFF, 0xFF, 0xFF, 1]));
        Assert.True(await reader.MoveNextAsync(CancellationToken.None));
        Assert.Equal(int.MaxValue, reader.Length);
        Assert.Equal(1, await reader.ReadAsync(new byte[10], CancellationToken.None));
        await Assert.ThrowsAsync<EndOfStreamException>(() => reader.ReadAsync(new byte[10], CancellationToken.None).AsTask());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public async Task MoveNextAsync_LongerThanAnyMessageOrNoFrame_IsRefused()
    {
        using var tooLong = new PieceReader(new MemoryStream([0, 0x80, 0, 0, 0]));
        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(() => tooLong.MoveNextAsync(CancellationToken.None).AsTask())).StatusCode);
        using var noFrame = new PieceReader(new MemoryStream("<html>"u8.ToArray()));
        Assert.Equal(StatusCode.Internal, (await Assert.ThrowsAsync<RpcException>(() => noFrame.MoveNextAsync(CancellationToken.None).AsTask())).StatusCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(3_000_000)]
    public async Task Inflate_AnySize_GivesTheOriginal(int size)
    {
        using var reader = new PieceReader(new Chunks(Frame(Gzip(EchoService.Bytes(size)), 1), 5000));
        Assert.True(await reader.MoveNextAsync(CancellationToken.None));
        using var inflater = new PieceInflater(reader, "gzip");
        AssertEqual(size, await ReadAllAsync(inflater));
        Assert.False(await reader.MoveNextAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Inflate_TruncatedAtEveryOffset_IsRefused()
    {
        var packed = Gzip(EchoService.Bytes(2000));
        for (var length = 1; length < packed.Length; length++)
        {
            using var reader = new PieceReader(new MemoryStream(Frame(packed[..length], 1)));
            await reader.MoveNextAsync(CancellationToken.None);
            using var inflater = new PieceInflater(reader, "gzip");
            Assert.Equal(StatusCode.Internal, (await Assert.ThrowsAsync<RpcException>(() => ReadAllAsync(inflater))).StatusCode);
        }
    }

    [Theory]
    [InlineData(null, "missing")]
    [InlineData("identity", "identity")]
    [InlineData("snappy", "snappy")]
    public async Task Inflate_UnknownEncoding_IsRefused(string? encoding, string named)
    {
        using var reader = new PieceReader(new MemoryStream(Frame([1], 1)));
        await reader.MoveNextAsync(CancellationToken.None);
        Assert.Contains(named, Assert.Throws<RpcException>(() => new PieceInflater(reader, encoding)).Status.Detail, StringComparison.Ordinal);
    }

    private static void AssertEqual(int size, byte[] found) => Assert.True(found.AsSpan().SequenceEqual(EchoService.Bytes(size)));

    private static byte[] Frames(int[] sizes) => [.. sizes.SelectMany(size => Frame(EchoService.Bytes(size), 0))];

    private static byte[] Frame(byte[] message, byte flag) =>
        [flag, (byte)(message.Length >> 24), (byte)(message.Length >> 16), (byte)(message.Length >> 8), (byte)message.Length, .. message];

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    private static Task<byte[]> ReadAllAsync(PieceReader reader, int pieceBytes) => ReadAllAsync(piece => reader.ReadAsync(piece, CancellationToken.None), pieceBytes);

    private static Task<byte[]> ReadAllAsync(PieceInflater inflater) => ReadAllAsync(piece => inflater.ReadAsync(piece, CancellationToken.None), 10_000);

    private static async Task<byte[]> ReadAllAsync(Func<Memory<byte>, ValueTask<int>> read, int pieceBytes)
    {
        using var all = new MemoryStream();
        var piece = new byte[pieceBytes];
        while (await read(piece) is > 0 and var count)
        {
            all.Write(piece, 0, count);
        }

        return all.ToArray();
    }

    /// <summary>A stream that gives at most so many bytes at once.</summary>
    private sealed class Chunks(byte[] bytes, int chunkBytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, chunkBytes)], cancellationToken);
    }
}
