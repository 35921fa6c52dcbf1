using Binlog.Cluster.Pumps;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Bench;

/// <summary>What a Drainer of <c>bench apply</c> finds: a filled Pump and a file of DDL jobs.</summary>
/// <param name="HistoryFile">Absolute path of the file of DDL jobs.</param>
/// <param name="LastCommitTs">Commit TS (TSO) at which the target has everything.</param>
/// <param name="Transactions">Transactions, after the DDL.</param>
/// <param name="Changes">Row changes in them.</param>
/// <param name="Rows">Rows that the table holds at the end.</param>
/// <param name="Bytes">Bytes of the transactions' binlogs.</param>
internal sealed record ApplyInput(string HistoryFile, ulong LastCommitTs, long Transactions, long Changes, long Rows, long Bytes)
{
    /// <summary>Fills the Pump: the DDL first, then the row changes, each writer's in their order.</summary>
    /// <param name="pump">A Pump of <see cref="BenchSystem"/>.</param>
    /// <param name="transactions">How many transactions.</param>
    /// <param name="rows">Rows of each.</param>
    /// <param name="writers">How many writers at a time.</param>
    /// <param name="directory">Where the file of DDL jobs goes.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <exception cref="ServiceException">The Pump did not take a binlog.</exception>
    public static async Task<ApplyInput> WriteAsync(HostPort pump, int transactions, int rows, int writers, string directory, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        LocalTimestamps timestamps = await LocalTimestamps.AboveClusterAsync(pump, BenchSystem.ClusterId, time, cancellationToken);
        await using PumpClient client = await WriteLoad.OpenClientAsync(BenchSystem.ClusterId, [pump], time, cancellationToken);
        var load = new WriteLoad(client, timestamps, time);
        BenchSchema schema = await BenchSchema.WriteAsync(load, directory, cancellationToken);
        RowMixSource[] sources = [.. Enumerable.Range(0, writers).Select(writer => new RowMixSource(writer, writers, rows))];
        await load.RunAsync(sources, transactions, cancellationToken);
        return new ApplyInput(schema.HistoryFile, load.LastCommitTs, transactions, (long)transactions * rows, sources.Sum(source => source.Rows), sources.Sum(source => source.Bytes));
    }
}
