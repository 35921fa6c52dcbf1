using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Loading;

/// <summary>The value of every setting after all sources were read and each value was checked by itself.</summary>
internal sealed class SettingValues
{
    private readonly Dictionary<Setting, (object? Value, SettingOrigin Origin)> _given = [];
    private readonly HashSet<string> _sections = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>True when any source mentions the section.</summary>
    public bool HasSection(string section) => _sections.Contains(section);

    /// <summary>Where the value was written; null when no source has it.</summary>
    public SettingOrigin? OriginOf(Setting setting) => _given.TryGetValue(setting, out var given) ? given.Origin : null;

    /// <summary>True when a source has the key, be its value valid or not.</summary>
    public bool IsGiven(Setting setting) => _given.ContainsKey(setting);

    /// <summary>True when a source has the key with a value that isn't valid.</summary>
    public bool IsInvalid(Setting setting) => _given.TryGetValue(setting, out var given) && given.Value is null;

    /// <summary>The given value, or the default when none or an invalid one was given.</summary>
    public T Get<T>(TypedSetting<T> setting)
        where T : notnull =>
        Find(setting, out var value) ? value : setting.Default;

    /// <summary>The given value, or null when none or an invalid one was given.</summary>
    public string? GetOptional(TypedSetting<string> setting) => Find(setting, out var value) ? value : null;

    /// <summary>The given value, or null when none or an invalid one was given.</summary>
    public HostPort? GetOptional(TypedSetting<HostPort> setting) => Find(setting, out var value) ? value : null;

    /// <summary>The given list, or null when none or an invalid one was given.</summary>
    public IReadOnlyList<string>? GetOptional(TypedSetting<IReadOnlyList<string>> setting) => Find(setting, out var value) ? value : null;

    /// <summary>The given value, or null when none or an invalid one was given.</summary>
    public long? GetOptional(TypedSetting<long> setting) => Find(setting, out var value) ? value : null;

    /// <summary>The value as it would be written, secrets masked.</summary>
    public string Format(Setting setting) =>
        _given.TryGetValue(setting, out var given) ? setting.Format(given.Value) : setting.DefaultText;

    public void AddSection(string section) => _sections.Add(section);

    /// <summary>Sets a value; null stands for one that was given but isn't valid.</summary>
    public void Set(Setting setting, object? value, SettingOrigin origin) => _given[setting] = (value, origin);

    private bool Find<T>(TypedSetting<T> setting, out T value)
        where T : notnull
    {
        if (_given.TryGetValue(setting, out var given) && given.Value is T typed)
        {
            value = typed;
            return true;
        }

        value = default!;
        return false;
    }
}
