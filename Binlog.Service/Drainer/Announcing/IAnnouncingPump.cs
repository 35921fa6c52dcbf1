using Grpc.Core;

namespace Binlog.Service.Drainer.Announcing;

/// <summary>A Pump that can be asked to announce how far it is. The seam behind which tests put a Pump of their own.</summary>
internal interface IAnnouncingPump : IDisposable
{
    /// <summary>Asks the Pump to announce something at or above a commit TS; completes when it has stored it. It comes with what is pulled.</summary>
    /// <param name="commitTs">Commit TS (TSO) of a transaction that another Pump has sent.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>False when the Pump doesn't know the request.</returns>
    /// <exception cref="RpcException">The Pump can't be reached, or can't announce anything now.</exception>
    Task<bool> AskAsync(ulong commitTs, CancellationToken cancellationToken);
}
