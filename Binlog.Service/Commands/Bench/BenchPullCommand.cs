using System.CommandLine;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.Bench;

/// <summary>Reads the command line of <c>bench pull</c>.</summary>
internal static class BenchPullCommand
{
    private const int MaxTransactions = 100_000_000;

    public static Command Create(OptionFactory options, Func<BenchPullOptions, CancellationToken, Task<int>> handler)
    {
        var pump = options.Optional("--pump", "HOST:PORT", "Address of a running Pump. [default: starts and fills one]", AddressType.ToConnect);
        var clusterId = options.WithDefault("--cluster-id", "ID", "Cluster ID of the Pump in --pump.", new ClusterIdType(), ClusterSettings.Id.Default);
        var transactions = options.WithDefault("--transactions", "N", "Transactions to fill a Pump with that is started for it.", new IntegerType(1, MaxTransactions), BenchPullOptions.DefaultTransactions);
        var size = options.WithDefault("--size", "BYTES", "Size of each: prewrite and commit together.", new SizeType(SizedTransactionSource.MinSizeBytes, BenchWriteCommand.MaxSizeBytes), BenchWriteOptions.DefaultSizeBytes);
        var json = OptionFactory.Json();
        var command = new VerbCommand("pull", "Pull everything that a Pump has, as a Drainer does, and measure the rate.")
        {
            Examples = [("binlogd bench pull --pump 127.0.0.1:8250", "From a running Pump.")],
        };
        command.Add(pump);
        command.Add(clusterId);
        command.Add(transactions);
        command.Add(size);
        command.Add(json);
        command.SetAction((result, cancellationToken) => handler(
            new BenchPullOptions
            {
                Pump = result.GetResult(pump) is null ? null : result.GetValue(pump),
                ClusterId = result.GetValue(clusterId),
                Transactions = (int)result.GetValue(transactions),
                SizeBytes = (int)result.GetValue(size),
                Json = result.GetValue(json),
            },
            cancellationToken));
        return command;
    }
}
