using System.IO.Pipelines;
using Binlog.Grpc.Framing;
using Grpc.Core;

namespace Binlog.Service.GrpcServer;

/// <summary>Reads the messages of a request straight from Kestrel's pipe. Not safe for concurrent use.</summary>
internal sealed class RequestReader<T>(GrpcCallContext context, Marshaller<T> marshaller, int maxMessageBytes) : IAsyncStreamReader<T>
    where T : class
{
    private readonly PipeReader _pipe = context.Http.Request.BodyReader;
    private readonly MessageDecoder<T> _decoder = new(marshaller, maxMessageBytes, StatusCode.Unimplemented);
    private T? _current;
    private int _reading;
    private bool _ended;

    public T Current => _current ?? throw new InvalidOperationException("There is no current message: MoveNext has not returned true.");

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _reading, 1) != 0)
        {
            throw new InvalidOperationException("A read is still running; a stream is read by one reader.");
        }

        try
        {
            if (!cancellationToken.CanBeCanceled || cancellationToken == context.IoToken)
            {
                _current = await ReadAsync(context.IoToken);
            }
            else
            {
                using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, context.IoToken);
                _current = await ReadAsync(linked.Token);
            }

            return _current is not null;
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }

    /// <summary>Reads the one message of a request that has exactly one.</summary>
    public async ValueTask<T> ReadSingleAsync()
    {
        var message = await ReadAsync(context.IoToken) ?? throw Malformed("The request has no message; expected one.");
        if (!_ended && await ReadAsync(context.IoToken) is not null)
        {
            throw Malformed("The request has more than one message; expected one.");
        }

        return message;
    }

    private static RpcException Malformed(string detail) => new(new Status(StatusCode.Internal, detail));

    private async ValueTask<T?> ReadAsync(CancellationToken cancellationToken)
    {
        while (!_ended)
        {
            var result = await _pipe.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            var examined = buffer.End;
            try
            {
                if (MessageFrame.TryRead(ref buffer, maxMessageBytes, out var compressed, out var payload))
                {
                    examined = buffer.Start;
                    _ended = result.IsCompleted && buffer.IsEmpty;
                    return _decoder.Decode(payload, compressed, context.RequestEncoding);
                }

                if (result.IsCompleted)
                {
                    _ended = true;
                    return buffer.IsEmpty
                        ? null
                        : throw Malformed($"The request ended within a message, {buffer.Length} bytes after its start.");
                }
            }
            finally
            {
                _pipe.AdvanceTo(buffer.Start, examined);
            }
        }

        return null;
    }
}
