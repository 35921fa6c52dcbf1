using System.IO.Compression;
using Binlog.Service.Pump.Reading;

namespace Binlog.Service.Pump.Serving;

/// <summary>
/// A pulled binlog that is never in memory as a whole. gRPC says a message's length before it, also when it is compressed: therefore
/// such a one is compressed twice, first only to know its length.
/// </summary>
internal sealed class LargePullMessage(PullFrame frame, JoinedPieces pieces)
{
    /// <summary>Length of what <see cref="WriteCompressedAsync"/> will write.</summary>
    public async ValueTask<int> MeasureCompressedAsync(CancellationToken cancellationToken)
    {
        await using var counter = new PullOutput(null);
        await WriteCompressedAsync(counter, cancellationToken);
        return checked((int)counter.Length);
    }

    /// <summary>Writes the message as gzip. The same bytes every time.</summary>
    public async Task WriteCompressedAsync(Stream output, CancellationToken cancellationToken)
    {
        await using var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true);
        await WriteAsync(gzip, cancellationToken);
    }

    /// <summary>Writes the message.</summary>
    public async Task WriteAsync(Stream output, CancellationToken cancellationToken)
    {
        byte[] around = new byte[Math.Max(PullFrame.LongestHead, PullFrame.LongestTail)];
        await output.WriteAsync(around.AsMemory(0, frame.WriteHead(around)), cancellationToken);
        while (pieces.TryNext(out ReadOnlyMemory<byte> run))
        {
            await output.WriteAsync(run, cancellationToken);
        }

        pieces.Restart();
        await output.WriteAsync(around.AsMemory(0, frame.WriteTail(around)), cancellationToken);
    }
}
