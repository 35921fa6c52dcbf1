using Binlog.Cluster;
using Binlog.Cluster.Contracts;
using Binlog.Cluster.Timestamps;
using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Registration;
using Binlog.TiDB;
using Grpc.Core;

namespace Binlog.Service.Pump.Serving;

/// <summary>Takes Drainers' requests for an announcement.</summary>
/// <param name="demand">Where they go.</param>
/// <param name="clusterId">Whose Drainers may ask.</param>
/// <param name="time">This machine's clock.</param>
/// <param name="stopping">Ends the calls.</param>
internal sealed class PumpAnnouncementsService(AnnouncementDemand demand, ulong clusterId, TimeProvider time, CancellationToken stopping) : PumpAnnouncements.PumpAnnouncementsBase
{
    private static readonly TimeSpan FarthestAhead = TimeSpan.FromHours(1);

    public override async Task<AnnounceResponse> Announce(AnnounceRequest request, ServerCallContext context)
    {
        if (request.ClusterId != clusterId)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"cluster ID are mismatch, {request.ClusterId} vs {clusterId}: the request is of another cluster than this Pump. Check cluster.id."));
        }

        if (request.CommitTs is 0 or > TsoLimits.Max)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"commit_ts is {request.CommitTs}; expected 1 to {TsoLimits.Max}."));
        }

        if (new Tso(request.CommitTs).ToDateTimeOffset() is var committed && committed > time.GetUtcNow() + FarthestAhead)
        {
            // What is announced can't be taken back: every commit below it would be refused.
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"commit_ts {request.CommitTs} is of {committed.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, more than {FarthestAhead.TotalHours} h ahead of this Pump's clock; nothing is announced. Check the clocks."));
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        try
        {
            await demand.AskAsync(request.CommitTs).WaitAsync(ended.Token);
            return new AnnounceResponse();
        }
        catch (Exception exception) when (exception is ClusterException or RelayLogException or ServiceException)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, exception.Message));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "This Pump is stopping."));
        }
    }
}
