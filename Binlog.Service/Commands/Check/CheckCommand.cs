using System.CommandLine;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Check;

/// <summary>Reads the command line of <c>check</c>, and the configuration that it names.</summary>
internal static class CheckCommand
{
    public static Command Create(ProcessEnvironment process, Func<CheckVerbOptions, CancellationToken, Task<int>> handler)
    {
        var json = OptionFactory.Json();
        var command = new VerbCommand("check", "Look at everything that a Drainer needs before it is started: disk, schema history, target, tables, registry, Pumps. Starts nothing and changes nothing. Exit code 1 when there are errors.")
        {
            Examples =
            [
                ("binlogd check --config /etc/binlog/binlogd.json", "Check what \"binlogd run\" with the same arguments would need."),
                ("binlogd check --config drainer.json --drainer:downstream:host=db2 --json", "Another target; for a script."),
            ],
        };
        ConfigurationArguments.AttachDrainer(
            command, process, (result, host, drainer, cancellationToken) => handler(new CheckVerbOptions(host, drainer, result.GetValue(json)), cancellationToken));
        command.Options.Add(json);
        return command;
    }
}
