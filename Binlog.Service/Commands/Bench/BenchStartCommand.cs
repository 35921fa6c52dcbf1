using System.CommandLine;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.Bench;

/// <summary>Reads the command line of <c>bench start</c>.</summary>
internal static class BenchStartCommand
{
    private const int MaxTransactions = 100_000_000;
    private const int MaxRounds = 1_000;

    public static Command Create(OptionFactory options, Func<BenchStartOptions, CancellationToken, Task<int>> handler)
    {
        var transactions = options.WithDefault("--transactions", "N", "Transactions in the Pump's store, two binlogs each.", new IntegerType(1, MaxTransactions), BenchStartOptions.DefaultTransactions);
        var rounds = options.WithDefault("--rounds", "N", "Starts of each kind; the median counts.", new IntegerType(1, MaxRounds), BenchStartOptions.DefaultRounds);
        var json = OptionFactory.Json();
        var command = new VerbCommand("start", "Measure how long a Pump with a full store takes from the start of its process until it answers: after a clean stop, and after SIGKILL under load.")
        {
            Examples = [("binlogd bench start --transactions 500000", "With 1,000,000 binlogs.")],
        };
        command.Add(transactions);
        command.Add(rounds);
        command.Add(json);
        command.SetAction((result, cancellationToken) => handler(
            new BenchStartOptions
            {
                Transactions = (int)result.GetValue(transactions),
                Rounds = (int)result.GetValue(rounds),
                Json = result.GetValue(json),
            },
            cancellationToken));
        return command;
    }
}
