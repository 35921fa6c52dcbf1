using System.CommandLine;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.Bench;

/// <summary>Reads the command line of <c>bench first-row</c>.</summary>
internal static class BenchFirstRowCommand
{
    private const int MaxPumps = 32;
    private const int MaxTransactions = 10_000_000;
    private const int MaxRounds = 1000;

    public static Command Create(OptionFactory options, Func<BenchFirstRowOptions, CancellationToken, Task<int>> handler)
    {
        var downstream = options.Downstream("Target: sqlite:FILE or mysql://user:password@host:port. [default: a temporary SQLite file]");
        var pumps = options.WithDefault("--pumps", "N", "Pumps of the cluster; the last one is written to.", new IntegerType(1, MaxPumps), BenchLagOptions.DefaultPumps);
        var transactions = options.WithDefault("--transactions", "N", "Transactions of one row that wait at each start.", new IntegerType(1, MaxTransactions), BenchFirstRowOptions.DefaultTransactions);
        var rounds = options.WithDefault("--rounds", "N", "Starts that are measured.", new IntegerType(1, MaxRounds), BenchFirstRowOptions.DefaultRounds);
        var json = OptionFactory.Json();
        var command = new VerbCommand("first-row", "Start a Drainer for which transactions wait, and measure how soon after it says that it is online the first of their rows is seen in the target.")
        {
            Notes = $"""
                Pumps and a Drainer are started; the Drainer is closed and started again once for each round.
                A sqlite file must not exist yet and is removed at the end. On a mysql target the database {BenchTable.Database} is created and
                dropped at the end, with the checkpoint row of cluster {BenchSystem.ClusterId}; a database of that name that the benchmark did not make is refused.
                """,
            Examples = [("binlogd bench first-row --downstream mysql://root:secret@127.0.0.1:3306", "Into a MariaDB or MySQL.")],
        };
        command.Add(downstream);
        command.Add(pumps);
        command.Add(transactions);
        command.Add(rounds);
        command.Add(json);
        command.SetAction((result, cancellationToken) => handler(
            new BenchFirstRowOptions
            {
                Downstream = result.GetValue(downstream),
                Pumps = (int)result.GetValue(pumps),
                Transactions = (int)result.GetValue(transactions),
                Rounds = (int)result.GetValue(rounds),
                Json = result.GetValue(json),
            },
            cancellationToken));
        return command;
    }
}
