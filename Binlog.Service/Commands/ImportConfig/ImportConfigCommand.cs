using System.CommandLine;
using Binlog.Service.Configuration.Importing;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.ImportConfig;

/// <summary>The verb <c>import-config</c>: turns a configuration file of tidb-binlog into one of ours.</summary>
internal static class ImportConfigCommand
{
    private const string Pump = "pump";
    private const string Drainer = "drainer";

    public static Command Create(ProcessEnvironment process)
    {
        var file = new Argument<string>("file") { HelpName = "FILE.toml", Description = "pump.toml or drainer.toml of tidb-binlog." };
        var output = new Option<string?>("--out") { HelpName = "FILE", Description = "File to write; it must not exist yet. [default: standard output]" };
        var role = new Option<string?>("--role") { HelpName = "pump|drainer", Description = "Which program the file is for. [default: by its keys]" };
        role.AcceptOnlyFromAmong(Pump, Drainer);
        var command = new VerbCommand("import-config", "Turn a configuration file of tidb-binlog into one of binlogd, and say what was converted, dropped, and has to be looked at. Exit code 2 when the file can't be read.")
        {
            Notes = "The result goes to --out or standard output, what became of the keys to standard error. Check it with: binlogd config --config FILE",
            Examples =
            [
                ("binlogd import-config pump.toml --out /etc/binlog/binlogd.json", "Write the configuration of a Pump."),
                ("binlogd import-config conf.toml --role drainer", "Show that of a Drainer."),
            ],
        };
        command.Arguments.Add(file);
        command.Options.Add(output);
        command.Options.Add(role);
        command.SetAction(result =>
        {
            OriginalRole? given = result.GetValue(role) is { } name ? (name == Pump ? OriginalRole.Pump : OriginalRole.Drainer) : null;
            return new ImportConfigHandler(process).Run(result.GetRequiredValue(file), result.GetValue(output), given);
        });
        return command;
    }
}
