using System.CommandLine;
using Binlog.Service.Configuration.Loading;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Check;

/// <summary>Reads the command line of <c>check</c>, and the configuration that it names.</summary>
internal static class CheckCommand
{
    public static Command Create(ProcessEnvironment process, Func<CheckVerbOptions, CancellationToken, Task<int>> handler)
    {
        var config = ConfigurationArguments.ConfigOption();
        var overrides = ConfigurationArguments.Overrides();
        var json = OptionFactory.Json();
        var command = new VerbCommand("check", "Look at everything that a Drainer needs before it is started: disk, schema history, target, tables, registry, Pumps. Starts nothing and changes nothing. Exit code 1 when there are errors.")
        {
            Notes = ConfigurationArguments.Notes,
            Examples =
            [
                ("binlogd check --config /etc/binlog/binlogd.json", "Check what \"binlogd run\" with the same arguments would need."),
                ("binlogd check --config drainer.json --drainer:downstream:host=db2 --json", "Another target; for a script."),
            ],
        };
        command.Arguments.Add(overrides);
        command.Options.Add(config);
        command.Options.Add(json);
        command.SetAction((result, cancellationToken) =>
        {
            ConfigurationResult loaded = ConfigurationArguments.Load(result.GetValue(config), result.GetValue(overrides) ?? [], process);
            if (loaded.Options is not { } host)
            {
                ConfigurationReport.Write(loaded.Errors, process.Error);
                return Task.FromResult(ExitCode.Usage);
            }

            if (host.Drainer is not { } drainer)
            {
                process.Error.WriteLine("binlogd: the configuration has no Drainer, so there is nothing to check. Add the section \"drainer\".");
                return Task.FromResult(ExitCode.Usage);
            }

            return handler(new CheckVerbOptions(host, drainer, result.GetValue(json)), cancellationToken);
        });
        return command;
    }
}
