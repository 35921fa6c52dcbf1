using System.IO.Pipelines;
using System.Net;

namespace Binlog.ClusterKit.Proxying;

/// <summary>A request's body that is passed on as it comes.</summary>
/// <param name="body">Where it comes from.</param>
internal sealed class PipedContent(PipeReader body) : HttpContent
{
    /// <inheritdoc />
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc />
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.FlushAsync(cancellationToken);
        while (true)
        {
            ReadResult read = await body.ReadAsync(cancellationToken);
            foreach (ReadOnlyMemory<byte> piece in read.Buffer)
            {
                await stream.WriteAsync(piece, cancellationToken);
            }

            body.AdvanceTo(read.Buffer.End);
            await stream.FlushAsync(cancellationToken);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    /// <inheritdoc />
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
