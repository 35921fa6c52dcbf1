using Binlog.Grpc.Client;
using Grpc.Core;

namespace Binlog.Grpc;

/// <summary>
/// A started call that answers with a stream of messages, each of which is read in pieces: for messages too large for memory to be spent on them. A
/// message may have 2,147,483,647 bytes, before and after decompression, whatever the channel's limit is. Read by one reader at a time.
/// </summary>
public sealed class PiecewiseCall : IDisposable
{
    private readonly PiecewiseResponseCall _call;

    internal PiecewiseCall(PiecewiseResponseCall call) => _call = call;

    /// <summary>Metadata that the server sent before its first response.</summary>
    public Task<Metadata> ResponseHeadersAsync => _call.GetResponseHeadersAsync();

    /// <summary>Moves to the next message, over what is left of the last one; false when the server ended the stream well.</summary>
    /// <exception cref="RpcException">The call ended otherwise.</exception>
    public ValueTask<bool> MoveNextAsync() => _call.MoveNextAsync();

    /// <summary>Reads the next bytes of the message, decompressed; 0 at its end.</summary>
    /// <exception cref="RpcException">The call ended within the message, or the message is damaged.</exception>
    public ValueTask<int> ReadAsync(Memory<byte> target) => _call.ReadAsync(target);

    /// <summary>Cancels the call if it has not ended.</summary>
    public void Dispose() => _call.Cancel(CancelReason.Disposed);
}
