using System.CommandLine;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.RelayLogs;

/// <summary>Reads the command line of <c>relay apply</c>.</summary>
internal static class RelayApplyCommand
{
    public static Command Create(ProcessEnvironment process, Func<RelayApplyOptions, CancellationToken, Task<int>> handler)
    {
        var command = new VerbCommand(
            "apply",
            "Bring the target to the last durable commit TS of a Drainer's relay log, without Pumps, registry or Drainer. Exit code 0 when the target has everything that the relay log has.")
        {
            Examples =
            [
                ("binlogd relay apply --config /etc/binlog/binlogd.json", "With the configuration of the Drainer, which must not run."),
            ],
        };
        ConfigurationArguments.AttachDrainer(
            command, process, (_, host, drainer, cancellationToken) => handler(new RelayApplyOptions(host.DataDir, host.Cluster.Id, drainer), cancellationToken));
        return command;
    }
}
