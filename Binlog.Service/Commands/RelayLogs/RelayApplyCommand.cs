using System.CommandLine;
using Binlog.Service.Configuration.Loading;
using Binlog.Service.Configuration.Settings;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.RelayLogs;

/// <summary>Reads the command line of <c>relay apply</c>.</summary>
internal static class RelayApplyCommand
{
    public static Command Create(ProcessEnvironment process, Func<RelayApplyOptions, CancellationToken, Task<int>> handler)
    {
        var config = ConfigurationArguments.ConfigOption();
        var overrides = ConfigurationArguments.Overrides();
        var command = new VerbCommand(
            "apply",
            "Bring the target to the last durable commit TS of a Drainer's relay log, without Pumps, registry or Drainer. Exit code 0 when the target has everything that the relay log has.")
        {
            Notes = ConfigurationArguments.Notes,
            Examples =
            [
                ("binlogd relay apply --config /etc/binlog/binlogd.json", "With the configuration of the Drainer, which must not run."),
            ],
        };
        command.Arguments.Add(overrides);
        command.Options.Add(config);
        command.SetAction((result, cancellationToken) => RunAsync(result.GetValue(config), result.GetValue(overrides) ?? [], process, handler, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        string? configFile,
        IReadOnlyList<string> overrides,
        ProcessEnvironment process,
        Func<RelayApplyOptions, CancellationToken, Task<int>> handler,
        CancellationToken cancellationToken)
    {
        var loaded = ConfigurationArguments.Load(configFile, overrides, process);
        if (loaded.Options is not { } host)
        {
            ConfigurationReport.Write(loaded.Errors, process.Error);
            return ExitCode.Usage;
        }

        if (host.Drainer is not { } drainer)
        {
            await process.Error.WriteLineAsync($"binlogd: the section {DrainerSettings.Section} is missing. relay apply needs the configuration of the Drainer whose relay log is to be applied.");
            return ExitCode.Usage;
        }

        return await handler(new RelayApplyOptions(host.DataDir, host.Cluster.Id, drainer), cancellationToken);
    }
}
