using System.Net;
using Binlog.Grpc.Framing;
using Binlog.Grpc.Protocol;

namespace Binlog.Grpc.Client;

/// <summary>
/// A request body of one message. The handler may send it again on another connection when the server surely didn't see
/// it, and may still be sending when the response is there; the buffer is given back when neither can happen any more.
/// </summary>
internal sealed class UnaryContent : HttpContent
{
    private readonly FrameBuffer _frame;
    private int _users = 1;

    public UnaryContent(FrameBuffer frame)
    {
        _frame = frame;
        Headers.TryAddWithoutValidation("Content-Type", GrpcHeaders.ContentType);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (!TryUse())
        {
            throw new OperationCanceledException("The call is over.");
        }

        try
        {
            await stream.WriteAsync(_frame.Frame, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Release();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    /// <summary>The call is over. Unlike the base's Dispose, which the handler's request may call early, ends the owner's use once.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _frame.Dispose();
        }
    }

    private bool TryUse()
    {
        var users = Volatile.Read(ref _users);
        while (users > 0)
        {
            var seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
            {
                return true;
            }

            users = seen;
        }

        return false;
    }
}
