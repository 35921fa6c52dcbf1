namespace Binlog.Service.Drainer.Collecting;

/// <summary>Pulls from one Pump. The seam behind which tests put a Pump of their own.</summary>
internal interface IBinlogPuller
{
    /// <summary>Streams what the Pump has above a commit TS, in commit-TS order, without end; ends by an exception when the Pump does.</summary>
    IAsyncEnumerable<PulledBinlog> PullAsync(ulong afterCommitTs, CancellationToken cancellationToken);
}
