using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Loading;

/// <summary>Collects what is wrong with settings that don't fit together. When the sources are incomplete, nothing is said to be missing.</summary>
internal sealed class SettingProblems(SettingValues values, bool complete, ICollection<ConfigurationError> errors)
{
    /// <summary>Adds an error.</summary>
    public void Report(Setting setting, string problem, string? expected, string? suggestion) => errors.Add(new ConfigurationError
    {
        Path = setting.Path,
        Origin = values.OriginOf(setting),
        Problem = problem,
        Expected = expected,
        Suggestion = suggestion,
    });

    /// <summary>Adds an error when no source has the setting.</summary>
    public void Require(Setting setting, string? suggestion, string problem = "missing")
    {
        if (complete && !values.IsGiven(setting))
        {
            Report(setting, problem, setting.Expected, suggestion);
        }
    }

    /// <summary>Adds an error for each setting that a source has and that another setting's value makes useless.</summary>
    public void Refuse(IEnumerable<Setting> settings, Setting because, string suggestion)
    {
        foreach (Setting setting in settings.Where(values.IsGiven))
        {
            Report(setting, $"has no effect with {because.Path} \"{values.Format(because)}\"", null, suggestion);
        }
    }
}
