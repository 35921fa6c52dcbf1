using System.CommandLine;
using Binlog.Service.Configuration;
using Binlog.Service.Configuration.Loading;
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

    public static ConfigurationResult Load(string? configFile, IReadOnlyList<string> overrides, ProcessEnvironment process)
    {
        configFile ??= File.Exists(DefaultPaths.ConfigFile) ? DefaultPaths.ConfigFile : null;
        return new ConfigurationLoader(process.Variables, process.CurrentDirectory).Load(configFile, overrides);
    }
}
