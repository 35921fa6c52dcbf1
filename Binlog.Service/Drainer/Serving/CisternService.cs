using Binlog.Cluster;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Membership;
using Binlog.TiDB.Contracts;
using Grpc.Core;
using CisternContract = Binlog.Cluster.Contracts.Cistern;

namespace Binlog.Service.Drainer.Serving;

/// <summary>
/// The gRPC face of a Drainer: a Pump that comes online says so here and waits for the answer, so that it is a source of the
/// merge before it takes its first binlog. One that does not pull yet says so. The two dump calls answer nothing, as the original's do.
/// </summary>
/// <param name="collector">What pulls; null as long as nothing does.</param>
internal sealed class CisternService(Func<Collector?> collector) : CisternContract.CisternBase
{
    public override async Task<NotifyResp> Notify(NotifyReq request, ServerCallContext context)
    {
        Collector pulling = collector() ?? throw DrainerAnswer.Error(StatusCode.Unavailable, "This Drainer is starting, or waits as a standby; it does not pull yet.");
        try
        {
            await pulling.RefreshAsync(context.CancellationToken);
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
