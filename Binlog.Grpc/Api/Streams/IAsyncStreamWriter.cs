namespace Grpc.Core;

/// <summary>Outgoing messages of a stream. One write at a time.</summary>
public interface IAsyncStreamWriter<in T>
{
    /// <summary>Options of the writes that follow.</summary>
    WriteOptions? WriteOptions { get; set; }

    /// <summary>Writes a message; completes when flow control has room for the next one.</summary>
    Task WriteAsync(T message);

    /// <summary>Writes a message; completes when flow control has room for the next one. Cancelling it ends the call.</summary>
    Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            throw new NotSupportedException("This writer does not take a cancellation token.");
        }

        return WriteAsync(message);
    }
}
