using System.CommandLine;
using System.CommandLine.Parsing;
using Binlog.Service.Configuration;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Commands;

/// <summary>Makes options whose values are checked as configuration values are, with the same messages.</summary>
internal sealed class OptionFactory(string currentDirectory)
{
    private readonly SettingOrigin _origin = new("command line", currentDirectory);

    /// <summary>An option with a default.</summary>
    public Option<T> WithDefault<T>(string name, string helpName, string description, SettingType<T> type, T defaultValue)
        where T : notnull
    {
        var option = Optional(name, helpName, description, type);
        option.DefaultValueFactory = _ => defaultValue;
        return option;
    }

    /// <summary>An option that may be absent.</summary>
    public Option<T> Optional<T>(string name, string helpName, string description, SettingType<T> type)
        where T : notnull => new(name)
        {
            HelpName = helpName,
            Description = description,
            CustomParser = result => Read(name, type, result, result.Tokens[^1].Value),
        };

    /// <summary>A comma-separated list of addresses, empty when absent.</summary>
    public Option<IReadOnlyList<HostPort>> Addresses(string name, string description, bool required) => new(name)
    {
        HelpName = "HOST:PORT,…",
        Description = description,
        Required = required,
        DefaultValueFactory = required ? null : _ => [],
        CustomParser = result => [.. result.Tokens[^1].Value.Split(',').Select(text => Read(name, AddressType.ToConnect, result, text.Trim()))],
    };

    /// <summary>A target, null when absent.</summary>
    public Option<DownstreamUrl?> Downstream(string description) => new("--downstream")
    {
        HelpName = "URL",
        Description = description,
        CustomParser = result =>
        {
            if (!DownstreamUrl.TryParse(result.Tokens[^1].Value, currentDirectory, out var url, out var problem))
            {
                result.AddError($"--downstream: {problem}.");
            }

            return url;
        },
    };

    /// <summary>Print one JSON object instead of a table.</summary>
    public static Option<bool> Json() => new("--json")
    {
        Description = "Print one JSON object on standard output and nothing else there.",
        Arity = ArgumentArity.Zero,
    };

    private T? Read<T>(string name, SettingType<T> type, ArgumentResult result, string text)
        where T : notnull
    {
        var raw = new RawValue(name, RawKind.Untyped, text, _origin);
        if (!type.TryRead(raw, out var value, out var problem))
        {
            result.AddError($"{name}: found {raw.Describe(secret: false)}, expected {type.Expected}{(problem is null ? "" : $": {problem}")}.");
        }

        return value;
    }
}
