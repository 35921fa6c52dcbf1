using System.IO.Compression;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Memory;
using Binlog.TiDB;
using Grpc.Core;

namespace Binlog.Service.Tests.Drainer.Collecting;

/// <summary>Binlogs that are too large for memory, over a real connection.</summary>
public sealed class LargePullTests : IAsyncDisposable
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly TemporaryDirectory _directory = new();
    private readonly SourceMemory _memory;

    public LargePullTests() => _memory = TestMemory.Create(8 << 20, _directory.Combine("spool"), largestInline: 100_000);

    public async ValueTask DisposeAsync()
    {
        await _memory.Spool.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pull_LargeAmongSmall_AllComeInOrderAndOnlyLargeOnesInFiles(bool compress)
    {
        int[] sizes = [10, 99_000, 100_000, 500_000, 0, 3_000_000, 50];
        LargeBinlog[] binlogs = [.. sizes.Select((size, index) => new LargeBinlog((ulong)(100 + index), size))];
        await using ScriptedPump pump = await ScriptedPump.StartAsync(compress, binlogs);

        List<PulledBinlog> pulled = await PullAsync(pump, sizes.Length);

        for (int index = 0; index < sizes.Length; index++)
        {
            PulledBinlog found = pulled[index];
            Assert.Equal((binlogs[index].CommitTs, binlogs[index].CommitTs - 1, false), (found.CommitTs, found.StartTs, found.IsFake));
            Assert.Equal(sizes[index] >= 100_000, found.Spool is not null);
            Assert.True(binlogs[index].IsEqual(found.Length, (target, offset) => Read(found, target, offset)), $"{sizes[index]} bytes");
            found.Spool?.Release();
        }

        Assert.Empty(Directory.EnumerateFiles(_memory.Spool.Directory));
    }

    /// <summary>The largest message that there can be is announced, and a megabyte of it comes: no memory is taken for the rest.</summary>
    [Fact]
    public async Task Pull_StreamEndsWithinTheLargestMessage_IsAnErrorAndLeavesNothing()
    {
        var binlog = new LargeBinlog(100, int.MaxValue - 200);
        await using ScriptedPump pump = await ScriptedPump.StartAsync(async (output, cancellationToken) =>
        {
            await output.WriteAsync(ScriptedPump.Frame(binlog.MessageLength), cancellationToken);
            using var part = new PartStream(output, 1_000_000);
            await binlog.WriteMessageAsync(part, cancellationToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return false;
        });
        long before = GC.GetTotalAllocatedBytes(precise: true);

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => PullAsync(pump, 1));

        Assert.Contains("within a message", error.Status.Detail, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_memory.Spool.Directory));
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 30_000_000);
    }

    [Theory]
    [InlineData("0a0412020102", "protobuf")] // a payload that is no binlog
    [InlineData("", "an entity with a payload")]
    [InlineData("0a00", "an entity with a payload")]
    [InlineData("0a0612020102", "PullBinlogResp")]
    [InlineData("0a031202010203", "PullBinlogResp")]
    public async Task Pull_SmallMessageThatIsNone_IsAnErrorOfTheFormat(string hex, string named)
    {
        byte[] message = Convert.FromHexString(hex);
        await using ScriptedPump pump = await ScriptedPump.StartAsync(async (output, cancellationToken) =>
        {
            await output.WriteAsync(ScriptedPump.Frame(message.Length), cancellationToken);
            await output.WriteAsync(message, cancellationToken);
            return true;
        });

        TiDBFormatException error = await Assert.ThrowsAsync<TiDBFormatException>(() => PullAsync(pump, 1));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    /// <summary>Lengths that contradict each other in a message that lies in a file: one byte of the message's head or end is another.</summary>
    [Theory]
    [InlineData(1, 1)] // the entity is shorter than what is in it
    [InlineData(1, -1)]
    [InlineData(5, 1)] // the payload is longer than its entity
    public async Task Pull_LargeMessageThatContradictsItself_IsAnErrorOfTheFormatAndLeavesNothing(int at, int change)
    {
        var binlog = new LargeBinlog(100, 400_000);
        using var written = new MemoryStream();
        await binlog.WriteMessageAsync(written, Token);
        byte[] message = written.ToArray();
        message[at] = (byte)(message[at] + change);
        await using ScriptedPump pump = await ScriptedPump.StartAsync(async (output, cancellationToken) =>
        {
            await output.WriteAsync(ScriptedPump.Frame(message.Length), cancellationToken);
            await output.WriteAsync(message, cancellationToken);
            return true;
        });

        await Assert.ThrowsAsync<TiDBFormatException>(() => PullAsync(pump, 1));
        Assert.Empty(Directory.EnumerateFiles(_memory.Spool.Directory));
    }

    /// <summary>A megabyte of gzip that becomes a gigabyte goes to the disk as any other; one that is cut is refused.</summary>
    [Fact]
    public async Task Pull_DamagedGzip_IsAnErrorAndLeavesNothing()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await new LargeBinlog(100, 400_000).WriteMessageAsync(gzip, Token);
        }

        byte[] cut = packed.ToArray()[..^3];
        await using ScriptedPump pump = await ScriptedPump.StartAsync(
            async (output, cancellationToken) =>
            {
                await output.WriteAsync(ScriptedPump.Frame(cut.Length, isCompressed: true), cancellationToken);
                await output.WriteAsync(cut, cancellationToken);
                return true;
            },
            "gzip");

        Assert.Equal(StatusCode.Internal, (await Assert.ThrowsAsync<RpcException>(() => PullAsync(pump, 1))).StatusCode);
        Assert.Empty(Directory.EnumerateFiles(_memory.Spool.Directory));
    }

    private async Task<List<PulledBinlog>> PullAsync(ScriptedPump pump, int count)
    {
        var pulled = new List<PulledBinlog>();
        var puller = new GrpcBinlogPuller(pump.Address, 1, compress: false, _memory);
        await foreach (PulledBinlog binlog in puller.PullAsync(0, () => { }, Token))
        {
            pulled.Add(binlog);
            if (pulled.Count == count)
            {
                break;
            }
        }

        return pulled;
    }

    private static void Read(in PulledBinlog binlog, Span<byte> target, int offset)
    {
        if (binlog.Spool is { } spool)
        {
            spool.Read(target, offset);
        }
        else
        {
            binlog.Payload.Span.Slice(offset, target.Length).CopyTo(target);
        }
    }

    /// <summary>Lets so many bytes through and then fails.</summary>
    private sealed class PartStream(Stream output, int bytes) : MemoryStream
    {
        private int _left = bytes;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _left -= buffer.Length;
            await (_left >= 0 ? output.WriteAsync(buffer, cancellationToken) : throw new IOException("enough"));
        }
    }
}
