using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Loading;

/// <summary>Finds the setting of every raw value, reports keys that don't exist, and reads the value that wins.</summary>
internal static class SettingResolver
{
    public static SettingValues Resolve(RawConfiguration raw, ICollection<ConfigurationError> errors)
    {
        var values = new SettingValues();
        var winners = new Dictionary<Setting, RawValue>();
        var reported = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var value in raw.Values)
        {
            if (SettingCatalog.Ancestors(value.Path).Any(reported.Contains))
            {
                continue;
            }

            if (SettingCatalog.ByPath.TryGetValue(value.Path, out var setting))
            {
                winners[setting] = value;
                if (value.Kind == RawKind.Section)
                {
                    // Its keys belong to the same mistake.
                    reported.Add(setting.Path);
                }

                AddSections(SettingCatalog.Ancestors(setting.Path), values);
            }
            else if (!SettingCatalog.Sections.TryGetValue(value.Path, out var section))
            {
                reported.Add(value.Path);
                errors.Add(UnknownKey(value));
            }
            else if (value.Kind == RawKind.Section)
            {
                AddSections([.. SettingCatalog.Ancestors(section), section], values);
            }
            else
            {
                // The section was meant to be there: what it lacks is not to be reported on top.
                AddSections([.. SettingCatalog.Ancestors(section), section], values);
                errors.Add(NotASection(value, section));
            }
        }

        foreach (var (setting, value) in winners)
        {
            values.Set(setting, Read(setting, value, errors), value.Origin);
        }

        return values;
    }

    private static object? Read(Setting setting, RawValue raw, ICollection<ConfigurationError> errors)
    {
        if (setting.TryRead(raw, out var value, out var problem))
        {
            return value;
        }

        errors.Add(new ConfigurationError
        {
            Path = setting.Path,
            Origin = raw.Origin,
            Problem = $"found {raw.Describe(setting.Secret)}",
            Expected = setting.Expected,
            Suggestion = Sentences(problem, setting),
        });
        return null;
    }

    private static string? Sentences(string? problem, Setting setting)
    {
        var reason = problem is null ? null : $"{char.ToUpperInvariant(problem[0])}{problem[1..]}{(problem[^1] is '?' or '.' ? "" : ".")}";
        var remove = setting.DefaultNote is null && setting.DefaultText != "none" ? $"Without it the default is {setting.DefaultText}." : null;
        return reason is null ? remove : remove is null ? reason : $"{reason} {remove}";
    }

    private static ConfigurationError UnknownKey(RawValue value) => new()
    {
        Path = value.Path,
        Origin = value.Origin,
        Problem = value.Kind == RawKind.Section ? "unknown section" : "unknown key",
        Suggestion = KeySuggester.Suggest(value.Path),
    };

    private static ConfigurationError NotASection(RawValue value, string section) => new()
    {
        Path = section,
        Origin = value.Origin,
        Problem = $"found {value.Describe(secret: true)}",
        Expected = "a section with keys of its own",
        Suggestion = value.Kind == RawKind.Untyped
            ? $"Name a key of it, for example {SettingCatalog.All.First(s => s.Path.StartsWith(section + '.', StringComparison.Ordinal)).Path}."
            : $"Write \"{section.Split('.')[^1]}\": {{ }}, or leave it out.",
    };

    private static void AddSections(IEnumerable<string> sections, SettingValues values)
    {
        foreach (var section in sections)
        {
            values.AddSection(section);
        }
    }
}
