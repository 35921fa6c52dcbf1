using Binlog.Cluster;
using Binlog.Cluster.Embedded;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.TiDB;
using Grpc.Core;

namespace Binlog.Service.Commands.Bench;

/// <summary>
/// Timestamps without asking anybody: they follow the clock, increase strictly, and start above everything that the cluster has
/// seen. Thread-safe.
/// </summary>
/// <remarks>
/// A Pump's order relies on a commit TS being taken after the transaction's prewrite was acknowledged; blocks of timestamps
/// reserved ahead would break that. These are taken one by one, at the moment of use.
/// </remarks>
internal sealed class LocalTimestamps(ulong highWaterMark, TimeProvider time)
{
    private readonly Lock _lock = new();
    private ulong _last = highWaterMark;

    /// <summary>A timestamp (TSO) above every one that was given out before.</summary>
    public ulong Next()
    {
        ulong clock = Tso.FromDateTimeOffset(time.GetUtcNow()).Value;
        lock (_lock)
        {
            return _last = Math.Max(_last + 1, clock);
        }
    }

    /// <summary>Starts above what the cluster of a Pump has seen; where it can't say that, as the original can't, at the clock.</summary>
    /// <param name="pump">Any Pump of the cluster.</param>
    /// <param name="clusterId">ID of the cluster.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="StartFailedException">The Pump can't be reached, or belongs to another cluster.</exception>
    public static async Task<LocalTimestamps> AboveClusterAsync(HostPort pump, ulong clusterId, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var cluster = new EmbeddedClusterClient(pump.ToString(), clusterId, time);
        try
        {
            return new LocalTimestamps(await cluster.ObserveAsync(0, cancellationToken), time);
        }
        catch (ClusterException exception) when (exception.InnerException is RpcException { StatusCode: StatusCode.Unimplemented })
        {
            return new LocalTimestamps(0, time);
        }
        catch (ClusterException exception)
        {
            Status? status = (exception.InnerException as RpcException)?.Status;
            string reason = (status?.Detail ?? exception.Message).TrimEnd('.');
            throw status is { StatusCode: StatusCode.FailedPrecondition }
                ? new StartFailedException($"The Pump at {pump} refused: {reason}. Give its cluster ID with --cluster-id.", exception)
                : new StartFailedException($"The Pump at {pump} did not answer: {reason}. Check the address, and that the Pump runs.", exception);
        }
    }
}
