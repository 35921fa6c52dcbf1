namespace Grpc.Core;

/// <summary>Outgoing messages on the server's side; the stream ends when the handler returns.</summary>
public interface IServerStreamWriter<in T> : IAsyncStreamWriter<T>
{
}
