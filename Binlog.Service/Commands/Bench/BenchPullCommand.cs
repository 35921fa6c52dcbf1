using System.CommandLine;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands.Bench;

/// <summary>Reads the command line of <c>bench pull</c>.</summary>
internal static class BenchPullCommand
{
    public static Command Create(OptionFactory options, Func<BenchPullOptions, CancellationToken, Task<int>> handler)
    {
        var pump = options.Optional("--pump", "HOST:PORT", "Address of a running Pump. [default: starts and fills one]", AddressType.ToConnect);
        var clusterId = options.WithDefault("--cluster-id", "ID", "Cluster ID of the Pump in --pump.", new ClusterIdType(), HostSettings.ClusterId.Default);
        var json = OptionFactory.Json();
        var command = new VerbCommand("pull", "Pull everything that a Pump has, as a Drainer does, and measure the rate.")
        {
            Examples = [("binlogd bench pull --pump 127.0.0.1:8250", "From a running Pump.")],
        };
        command.Add(pump);
        command.Add(clusterId);
        command.Add(json);
        command.SetAction((result, cancellationToken) => handler(
            new BenchPullOptions
            {
                Pump = result.GetResult(pump) is null ? null : result.GetValue(pump),
                ClusterId = result.GetValue(clusterId),
                Json = result.GetValue(json),
            },
            cancellationToken));
        return command;
    }
}
