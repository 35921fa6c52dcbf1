using System.CommandLine;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.Bench;

/// <summary>Reads the command line of <c>bench tail</c>.</summary>
internal static class BenchTailCommand
{
    private const int MaxRate = 100_000;
    private const int MaxSeconds = 86_400;

    public static Command Create(OptionFactory options, Func<BenchTailOptions, CancellationToken, Task<int>> handler)
    {
        var pump = options.Optional("--pump", "HOST:PORT", "Address of a running Pump that nobody else writes to. [default: starts one]", AddressType.ToConnect);
        var clusterId = options.WithDefault("--cluster-id", "ID", "Cluster ID of the Pump in --pump.", new ClusterIdType(), ClusterSettings.Id.Default);
        var rate = options.WithDefault("--rate", "N", "Transactions per second, one after the other.", new IntegerType(1, MaxRate), BenchTailOptions.DefaultRate);
        var seconds = options.WithDefault("--seconds", "S", "How long to measure, after 2 seconds to warm up.", new IntegerType(1, MaxSeconds), BenchTailOptions.DefaultSeconds);
        var json = OptionFactory.Json();
        var command = new VerbCommand("tail", "Write transactions, and measure how long after its commit was sent each one reaches a puller that waits for it.")
        {
            Examples = [("binlogd bench tail --rate 1000", "Against a Pump that is started for it.")],
        };
        command.Add(pump);
        command.Add(clusterId);
        command.Add(rate);
        command.Add(seconds);
        command.Add(json);
        command.SetAction((result, cancellationToken) => handler(
            new BenchTailOptions
            {
                Pump = result.GetResult(pump) is null ? null : result.GetValue(pump),
                ClusterId = result.GetValue(clusterId),
                Rate = (int)result.GetValue(rate),
                Seconds = (int)result.GetValue(seconds),
                Json = result.GetValue(json),
            },
            cancellationToken));
        return command;
    }
}
