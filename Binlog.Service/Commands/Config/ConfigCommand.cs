using System.CommandLine;
using Binlog.Service.Configuration.Loading;
using Binlog.Service.Configuration.Settings;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Config;

/// <summary>The verb <c>config</c>: checks a configuration without starting anything, or explains the keys.</summary>
internal static class ConfigCommand
{
    public static Command Create(ProcessEnvironment process)
    {
        var config = ConfigurationArguments.ConfigOption();
        var overrides = ConfigurationArguments.Overrides();
        var keys = new Option<bool>("--keys") { Description = "Explain every key instead.", Arity = ArgumentArity.Zero };
        var command = new VerbCommand("config", "Check a configuration without starting anything and print what would be in effect. Exit code 2 when it has errors.")
        {
            Notes = ConfigurationArguments.Notes,
            Examples =
            [
                ("binlogd config --config /etc/binlog/binlogd.json", "Check the file."),
                ("binlogd config --keys", "List every key with type, default and effect."),
            ],
        };
        command.Arguments.Add(overrides);
        command.Options.Add(config);
        command.Options.Add(keys);
        command.SetAction(result => result.GetValue(keys)
            ? PrintKeys(process)
            : Check(result.GetValue(config), result.GetValue(overrides) ?? [], process));
        return command;
    }

    private static int Check(string? configFile, IReadOnlyList<string> overrides, ProcessEnvironment process)
    {
        var loaded = ConfigurationArguments.Load(configFile, overrides, process);
        if (loaded.Options is null)
        {
            ConfigurationReport.Write(loaded.Errors, process.Error);
            return ExitCode.Usage;
        }

        foreach (var line in loaded.EffectiveSettings)
        {
            process.Output.WriteLine(line);
        }

        return ExitCode.Ok;
    }

    private static int PrintKeys(ProcessEnvironment process)
    {
        foreach (var setting in SettingCatalog.All)
        {
            var range = setting.Range.Length == 0 ? "" : $", {setting.Range}";
            process.Output.WriteLine(setting.Path);
            process.Output.WriteLine($"    {setting.Effect}");
            process.Output.WriteLine($"    {setting.TypeName}{range}. {DefaultOf(setting)}.");
        }

        return ExitCode.Ok;
    }

    private static string DefaultOf(Setting setting) =>
        setting.DefaultText.StartsWith("required", StringComparison.Ordinal) ? $"R{setting.DefaultText[1..]}" : $"Default: {setting.DefaultText}";
}
