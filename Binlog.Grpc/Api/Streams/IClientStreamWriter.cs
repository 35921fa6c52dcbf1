namespace Grpc.Core;

/// <summary>Outgoing messages on the caller's side.</summary>
public interface IClientStreamWriter<in T> : IAsyncStreamWriter<T>
{
    /// <summary>Tells the server that no message follows. To be called once, after the last write completed.</summary>
    Task CompleteAsync();
}
