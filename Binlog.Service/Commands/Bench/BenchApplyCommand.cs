using System.CommandLine;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.Bench;

/// <summary>Reads the command line of <c>bench apply</c>.</summary>
internal static class BenchApplyCommand
{
    private const int MaxTransactions = 1_000_000_000;
    private const int MaxRows = 10_000;

    public static Command Create(OptionFactory options, Func<BenchApplyOptions, CancellationToken, Task<int>> handler)
    {
        var downstream = options.Downstream("Target: sqlite:FILE or mysql://user:password@host:port. [default: a temporary SQLite file]");
        var transactions = options.WithDefault(
            "--transactions", "N", "Transactions to apply.", new IntegerType(1, MaxTransactions), BenchApplyOptions.DefaultTransactions);
        var rows = options.WithDefault("--rows", "N", "Rows of a transaction; more than one are all inserts.", new IntegerType(1, MaxRows), 1);
        var consistency = options.WithDefault("--consistency", "WAY", "As drainer.consistency: transactional or eventual.", ApplySettings.Consistency.Type, ApplySettings.Consistency.Default);
        var workers = options.WithDefault("--workers", "N", "As drainer.workers.", ApplySettings.Workers.Type, ApplySettings.Workers.Default);
        var json = OptionFactory.Json();
        var command = new VerbCommand("apply", "Apply generated transactions to a target as a Drainer does and measure the rate.")
        {
            Notes = $"""
                A Pump is started and filled, then a Drainer; the time runs from the Drainer's start until the target has everything, and the
                number of rows in the target is checked. Transactions have one row of 200 bytes: half inserts, 40 % updates, 10 % deletes; or --rows inserts.
                A sqlite file must not exist yet and is removed at the end. On a mysql target the database {BenchTable.Database} is created and
                dropped at the end, with the checkpoint row of cluster {BenchSystem.ClusterId}; a database of that name that the benchmark did not make is refused.
                """,
            Examples = [("binlogd bench apply --downstream mysql://root:secret@127.0.0.1:3306 --transactions 100000", "Into a MariaDB or MySQL.")],
        };
        command.Add(downstream);
        command.Add(transactions);
        command.Add(rows);
        command.Add(consistency);
        command.Add(workers);
        command.Add(json);
        command.SetAction((result, cancellationToken) => handler(
            new BenchApplyOptions
            {
                Downstream = result.GetValue(downstream),
                Transactions = (int)result.GetValue(transactions),
                Rows = (int)result.GetValue(rows),
                Consistency = result.GetValue(consistency),
                Workers = (int)result.GetValue(workers),
                Json = result.GetValue(json),
            },
            cancellationToken));
        return command;
    }
}
