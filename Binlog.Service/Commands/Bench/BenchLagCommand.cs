using System.CommandLine;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.Bench;

/// <summary>Reads the command line of <c>bench lag</c>.</summary>
internal static class BenchLagCommand
{
    private const int MaxPumps = 32;
    private const int MaxRate = 10_000;
    private const int MaxSeconds = 86_400;

    public static Command Create(OptionFactory options, Func<BenchLagOptions, CancellationToken, Task<int>> handler)
    {
        var downstream = options.Downstream("Target: sqlite:FILE or mysql://user:password@host:port. [default: a temporary SQLite file]");
        var pumps = options.WithDefault("--pumps", "N", "Pumps of the cluster; the last one is written to.", new IntegerType(1, MaxPumps), BenchLagOptions.DefaultPumps);
        var rate = options.WithDefault("--rate", "N", "Transactions per second on average, at irregular times, one after the other.", new IntegerType(1, MaxRate), BenchLagOptions.DefaultRate);
        var seconds = options.WithDefault("--seconds", "S", "How long to measure, after 2 seconds to warm up.", new IntegerType(1, MaxSeconds), BenchLagOptions.DefaultSeconds);
        var json = OptionFactory.Json();
        var command = new VerbCommand("lag", "Write a transaction now and then to one of several Pumps, and measure how long after its commit was acknowledged others see it in the target.")
        {
            Notes = $"""
                Pumps and a Drainer are started. A connection of its own asks the target for its newest row, every millisecond while one is missing.
                A sqlite file must not exist yet and is removed at the end. On a mysql target the database {BenchTable.Database} is created and
                dropped at the end, with the checkpoint row of cluster {BenchSystem.ClusterId}; a database of that name that the benchmark did not make is refused.
                """,
            Examples = [("binlogd bench lag --downstream mysql://root:secret@127.0.0.1:3306 --rate 2", "Of a cluster that has nearly nothing to do.")],
        };
        command.Add(downstream);
        command.Add(pumps);
        command.Add(rate);
        command.Add(seconds);
        command.Add(json);
        command.SetAction((result, cancellationToken) => handler(
            new BenchLagOptions
            {
                Downstream = result.GetValue(downstream),
                Pumps = (int)result.GetValue(pumps),
                Rate = (int)result.GetValue(rate),
                Seconds = (int)result.GetValue(seconds),
                Json = result.GetValue(json),
            },
            cancellationToken));
        return command;
    }
}
