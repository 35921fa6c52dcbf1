using System.CommandLine;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.Bench;

/// <summary>Reads the command line of <c>bench write</c>.</summary>
internal static class BenchWriteCommand
{
    private const int MaxWriters = 65_536;
    public const long MaxSizeBytes = 256L << 20;
    private const int MaxSeconds = 86_400;

    public static Command Create(OptionFactory options, Func<BenchWriteOptions, CancellationToken, Task<int>> handler)
    {
        var pumps = options.Addresses("--pumps", "Addresses of running Pumps, separated by commas. [default: starts one]", required: false);
        var clusterId = options.WithDefault("--cluster-id", "ID", "Cluster ID of the Pumps in --pumps.", new ClusterIdType(), ClusterSettings.Id.Default);
        var writers = options.WithDefault("--writers", "N", "Writers at a time.", new IntegerType(1, MaxWriters), BenchWriteOptions.DefaultWriters);
        var size = options.WithDefault("--size", "BYTES", "Size of a transaction: prewrite and commit together, with one inserted row.", new SizeType(SizedTransactionSource.MinSizeBytes, MaxSizeBytes), BenchWriteOptions.DefaultSizeBytes);
        var seconds = options.WithDefault("--seconds", "S", "How long to measure, after 1 to 5 seconds to warm up.", new IntegerType(1, MaxSeconds), BenchWriteOptions.DefaultSeconds);
        var json = OptionFactory.Json();
        var command = new VerbCommand("write", "Write transactions (prewrite and commit) to Pumps and measure rate and latency of the acknowledgements.")
        {
            Notes = """
                The rows belong to a table ID that TiDB keeps for itself, so that a Drainer of the cluster leaves them out. The Pumps keep
                them as any other binlog.
                """,
            Examples =
            [
                ("binlogd bench write --writers 64 --size 300 --seconds 10", "Against a Pump that is started for it."),
                ("binlogd bench write --pumps 127.0.0.1:8250 --writers 8 --size 1KiB --json", "Against a running Pump, result as JSON."),
            ],
        };
        command.Add(pumps);
        command.Add(clusterId);
        command.Add(writers);
        command.Add(size);
        command.Add(seconds);
        command.Add(json);
        command.SetAction((result, cancellationToken) => handler(
            new BenchWriteOptions
            {
                Pumps = result.GetValue(pumps) ?? [],
                ClusterId = result.GetValue(clusterId),
                Writers = (int)result.GetValue(writers),
                SizeBytes = (int)result.GetValue(size),
                Seconds = (int)result.GetValue(seconds),
                Json = result.GetValue(json),
            },
            cancellationToken));
        return command;
    }
}
