using System.Buffers;
using System.IO.Pipelines;
using Binlog.Grpc.Framing;
using Grpc.Core;

namespace Binlog.Service.GrpcServer;

/// <summary>Writes messages of a response. One write at a time.</summary>
internal sealed class ResponseWriter<T>(GrpcCallContext context, Marshaller<T> marshaller, int maxMessageBytes) : IServerStreamWriter<T>
    where T : class
{
    // With BufferHint, so many bytes may wait for more before they are flushed.
    private const int MaxUnflushedBytes = 64 * 1024;

    private readonly PipeWriter _pipe = context.Http.Response.BodyWriter;
    private readonly PipeSerializationContext _direct = new(context.Http.Response.BodyWriter, maxMessageBytes);
    private long _unflushed;
    private int _writing;

    public WriteOptions? WriteOptions
    {
        get => context.WriteOptions;
        set => context.WriteOptions = value;
    }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (Interlocked.Exchange(ref _writing, 1) != 0)
        {
            throw new InvalidOperationException("The previous write is still running; await it first.");
        }

        try
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            cancellationToken.ThrowIfCancellationRequested();
            Write(message);
            if (!HasFlag(WriteFlags.BufferHint) || _unflushed >= MaxUnflushedBytes)
            {
                _unflushed = 0;
                await _pipe.FlushAsync(cancellationToken.CanBeCanceled ? cancellationToken : context.IoToken);
            }
        }
        finally
        {
            Volatile.Write(ref _writing, 0);
        }
    }

    /// <summary>Puts a message into the pipe, which is flushed when the response ends at the latest.</summary>
    public void Write(T message)
    {
        if (context.CompressResponses && !HasFlag(WriteFlags.NoCompress))
        {
            using var frame = new FrameBuffer(maxMessageBytes);
            frame.Write(marshaller, message, compress: true);
            context.HasBody = true;
            _pipe.Write(frame.Frame.Span);
            _unflushed += frame.Frame.Length;
            return;
        }

        try
        {
            _unflushed += _direct.Write(marshaller, message);
            context.HasBody = true;
        }
        finally
        {
            context.IsResponseBroken = _direct.IsBroken;
        }
    }

    private bool HasFlag(WriteFlags flag) => context.WriteOptions?.Flags.HasFlag(flag) == true;
}
