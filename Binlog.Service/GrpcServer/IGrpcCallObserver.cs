using Grpc.Core;

namespace Binlog.Service.GrpcServer;

/// <summary>Is told of every call that a server handles. Called from any thread; must not throw or block.</summary>
public interface IGrpcCallObserver
{
    /// <summary>A call has begun.</summary>
    void CallBegun(IMethod method);

    /// <summary>A call has ended: its answer is complete, or was given up.</summary>
    /// <param name="method">The method.</param>
    /// <param name="duration">From <see cref="CallBegun"/> to now.</param>
    /// <param name="status">What the caller is told.</param>
    void CallEnded(IMethod method, TimeSpan duration, StatusCode status);
}
