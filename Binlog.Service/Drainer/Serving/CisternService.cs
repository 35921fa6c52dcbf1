using Binlog.Cluster;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Membership;
using Binlog.TiDB.Contracts;
using Grpc.Core;
using CisternContract = Binlog.Cluster.Contracts.Cistern;

namespace Binlog.Service.Drainer.Serving;

/// <summary>
/// The gRPC face of a Drainer: a Pump that comes online says so here and waits for the answer, so that it is a source of the
/// merge before it takes its first binlog. The two dump calls answer nothing, as the original's do.
/// </summary>
internal sealed class CisternService(Collector collector) : CisternContract.CisternBase
{
    public override async Task<NotifyResp> Notify(NotifyReq request, ServerCallContext context)
    {
        try
        {
            await collector.RefreshAsync(context.CancellationToken);
            return new NotifyResp();
        }
        catch (ClusterException exception)
        {
            throw DrainerAnswer.Error(StatusCode.Unavailable, exception.Message);
        }
    }

    public override Task DumpBinlog(DumpBinlogReq request, IServerStreamWriter<DumpBinlogResp> responseStream, ServerCallContext context) => Task.CompletedTask;

    public override Task<DumpDDLJobsResp> DumpDDLJobs(DumpDDLJobsReq request, ServerCallContext context) => Task.FromResult(new DumpDDLJobsResp());
}
