using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Loading;

/// <summary>Reads arguments <c>--section:key=value</c>; case doesn't matter, the last one of a key counts.</summary>
internal static class CommandLineSource
{
    private static readonly string[] VerbOptions = ["--config", "--help"];

    public static void Read(IReadOnlyList<string> arguments, string baseDirectory, RawConfiguration target)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            if (!argument.StartsWith("--", StringComparison.Ordinal) || equals <= 2 || IsVerbOption(argument[..equals]))
            {
                var setting = equals < 0 ? SettingCatalog.ByPath.GetValueOrDefault(argument.TrimStart('-').Replace(':', '.')) : null;
                target.Add(new ConfigurationError
                {
                    Path = equals > 0 ? argument[..equals] : argument,
                    Problem = "not understood",
                    Expected = "--section:key=value",
                    Suggestion = Hint(setting, argument),
                });

                // The value that was meant for the key is not a second mistake, and it may be a password.
                i += setting is not null && i + 1 < arguments.Count && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal) ? 1 : 0;
                continue;
            }

            var origin = new SettingOrigin("command line", baseDirectory);
            target.Add(new RawValue(argument[2..equals].Replace(':', '.'), RawKind.Untyped, argument[(equals + 1)..], origin));
        }
    }

    private static bool IsVerbOption(string name) =>
        !name.Contains(':', StringComparison.Ordinal)
        && !SettingCatalog.ByPath.ContainsKey(name[2..])
        && EditDistance.Nearest(name, VerbOptions) is not null;

    private static string? Hint(Setting? setting, string argument) =>
        setting is null ? EditDistance.Nearest(argument.Split('=')[0], VerbOptions) is { } option ? $"Did you mean {option}?" : null : $"Write --{setting.Path.Replace('.', ':')}=VALUE, with an equals sign.";
}
