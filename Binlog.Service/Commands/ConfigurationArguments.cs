using System.CommandLine;
using Binlog.Service.Configuration;
using Binlog.Service.Configuration.Loading;
using Binlog.Service.Configuration.Settings;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands;

/// <summary>What verbs that read the configuration have in common.</summary>
internal static class ConfigurationArguments
{
    /// <summary>Explains overrides in the help.</summary>
    public const string Notes = """
        Every key can also be given as an argument --section:key=value or as an environment variable BINLOG__section__key.
        Arguments win over the environment, the environment over the file, the file over the defaults.
        All keys: binlogd config --keys
        """;

    public static Option<string?> ConfigOption() => new("--config")
    {
        HelpName = "FILE",
        Description = $"Configuration file, JSON with comments. [default: {DefaultPaths.ConfigFile} when it exists]",
    };

    /// <summary>Takes every argument that isn't an option of the verb; the loader says which are no overrides.</summary>
    public static Argument<string[]> Overrides() => new("overrides")
    {
        HelpName = "--section:key=value",
        Description = "Values for single keys.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    /// <summary>Gives a verb the configuration's arguments and notes. It runs with what they say, or ends with every error that was found.</summary>
    public static void Attach(VerbCommand command, ProcessEnvironment process, Func<ParseResult, HostOptions, ConfigurationResult, CancellationToken, Task<int>> run)
    {
        Option<string?> config = ConfigOption();
        Argument<string[]> overrides = Overrides();
        command.Notes = Notes;
        command.Arguments.Add(overrides);
        command.Options.Add(config);
        command.SetAction((result, cancellationToken) =>
        {
            ConfigurationResult loaded = Load(result.GetValue(config), result.GetValue(overrides) ?? [], process);
            if (loaded.Options is { } host)
            {
                return run(result, host, loaded, cancellationToken);
            }

            ConfigurationReport.Write(loaded.Errors, process.Error);
            return Task.FromResult(ExitCode.Usage);
        });
    }

    /// <summary>The same for a verb about a Drainer, which the configuration must have.</summary>
    public static void AttachDrainer(VerbCommand command, ProcessEnvironment process, Func<ParseResult, HostOptions, DrainerOptions, CancellationToken, Task<int>> run) =>
        Attach(command, process, (result, host, _, cancellationToken) =>
        {
            if (host.Drainer is { } drainer)
            {
                return run(result, host, drainer, cancellationToken);
            }

            process.Error.WriteLine($"binlogd: the configuration has no Drainer: the section {DrainerSettings.Section} is missing. The verb \"{command.Name}\" needs it.");
            return Task.FromResult(ExitCode.Usage);
        });

    public static ConfigurationResult Load(string? configFile, IReadOnlyList<string> overrides, ProcessEnvironment process)
    {
        configFile ??= File.Exists(DefaultPaths.ConfigFile) ? DefaultPaths.ConfigFile : null;
        return new ConfigurationLoader(process.Variables, process.CurrentDirectory).Load(configFile, overrides);
    }
}
