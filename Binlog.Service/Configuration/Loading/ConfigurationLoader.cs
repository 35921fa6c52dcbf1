using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Loading;

/// <summary>
/// Reads the configuration. The command line wins over the environment, the environment over the file, the file over the
/// defaults. Every error of every source is collected before anything is said. Safe to use from several threads.
/// </summary>
/// <param name="environment">Environment variables by name.</param>
/// <param name="currentDirectory">Absolute; relative paths of the environment and the command line start here.</param>
internal sealed class ConfigurationLoader(IReadOnlyDictionary<string, string> environment, string currentDirectory)
{
    /// <summary>Loads and checks everything.</summary>
    /// <param name="configFile">The file; null reads none.</param>
    /// <param name="overrides">Arguments of the form <c>--section:key=value</c>.</param>
    public ConfigurationResult Load(string? configFile, IReadOnlyList<string> overrides)
    {
        var raw = new RawConfiguration();
        if (configFile is not null)
        {
            JsonSource.Read(Path.GetFullPath(configFile, currentDirectory), raw);
        }

        EnvironmentSource.Read(environment, currentDirectory, raw);
        CommandLineSource.Read(overrides, currentDirectory, raw);

        List<ConfigurationError> errors = [.. raw.Errors];
        var values = SettingResolver.Resolve(raw, errors);
        new HostOptionsChecker(values, raw.IsComplete, errors).Check();
        return errors.Count > 0
            ? new ConfigurationResult { Errors = errors }
            : new ConfigurationResult { Options = HostOptionsBuilder.Build(values), Errors = [], EffectiveSettings = Describe(values) };
    }

    private static List<string> Describe(SettingValues values)
    {
        string[] roles = [.. new[] { PumpSettings.Section, DrainerSettings.Section }.Where(role => !values.HasSection(role))];
        return
        [
            .. SettingCatalog.All
                .Where(s => !roles.Contains(s.Path.Split('.')[0]))
                .Where(s => values.IsGiven(s) || s.HasPlainDefault)
                .Where(s => values.IsGiven(s) || values.Get(DownstreamSettings.Type) == DownstreamType.MySql || !DownstreamSettings.MySqlOnly.Contains(s))
                .Select(s => $"{s.Path} = {values.Format(s)} ({values.OriginOf(s)?.Description ?? "default"})"),
        ];
    }
}
