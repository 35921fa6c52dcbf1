namespace Binlog.Service.Drainer.Collecting;

/// <summary>Pulls from one Pump. The seam behind which tests put a Pump of their own.</summary>
internal interface IBinlogPuller
{
    /// <summary>Streams what the Pump has above a commit TS, in commit-TS order, without end; ends by an exception when the Pump does.</summary>
    /// <param name="afterCommitTs">What the caller already has (TSO).</param>
    /// <param name="connected">Called once the Pump has accepted the pull, which may be long before it has something to send.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    IAsyncEnumerable<PulledBinlog> PullAsync(ulong afterCommitTs, Action connected, CancellationToken cancellationToken);
}
