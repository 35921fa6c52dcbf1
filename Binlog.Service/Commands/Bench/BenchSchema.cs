using Binlog.Cluster;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Bench;

/// <summary>The database and table of a benchmark, upstream: written to a Pump as DDL binlogs, with the file of jobs that a Drainer reads about them.</summary>
/// <param name="HistoryFile">Absolute path of the file of DDL jobs.</param>
/// <param name="CommitTs">Commit TS (TSO) at which the table is there.</param>
internal sealed record BenchSchema(string HistoryFile, ulong CommitTs)
{
    /// <summary>Writes both.</summary>
    /// <param name="load">Where the binlogs go.</param>
    /// <param name="directory">Where the file goes.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <exception cref="ServiceException">The Pump did not take a binlog.</exception>
    public static async Task<BenchSchema> WriteAsync(WriteLoad load, string directory, CancellationToken cancellationToken)
    {
        string historyFile = Path.Combine(directory, "ddl_jobs.jsonl");
        try
        {
            ulong databaseTs = await load.WriteOneAsync(new DdlTransactionSource(BenchTable.CreateDatabaseJob, BenchTable.CreateDatabase), cancellationToken);
            ulong tableTs = await load.WriteOneAsync(new DdlTransactionSource(BenchTable.CreateTableJob, BenchTable.CreateTable), cancellationToken);
            await File.WriteAllLinesAsync(historyFile, [BenchTable.DatabaseJob(databaseTs), BenchTable.TableJob(tableTs)], cancellationToken);
            return new BenchSchema(historyFile, tableTs);
        }
        catch (ClusterException exception)
        {
            throw new ServiceException(exception.Message, exception);
        }
    }
}
