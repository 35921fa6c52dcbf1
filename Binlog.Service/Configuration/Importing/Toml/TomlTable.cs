using System.Diagnostics.CodeAnalysis;

namespace Binlog.Service.Configuration.Importing.Toml;

/// <summary>Keys and values in the order of the file, and what may still be added by whom.</summary>
internal sealed class TomlTable
{
    private readonly Dictionary<string, TomlValue> _values = new(StringComparer.Ordinal);
    private readonly List<string> _keys = [];

    /// <summary>How the table came into being.</summary>
    public TomlTableOrigin Origin { get; set; }

    public IEnumerable<(string Key, TomlValue Value)> Entries => _keys.Select(key => (key, _values[key]));

    public bool TryGet(string key, [NotNullWhen(true)] out TomlValue? value) => _values.TryGetValue(key, out value);

    /// <summary>Adds a key; false when it is there already.</summary>
    public bool TryAdd(string key, TomlValue value)
    {
        if (!_values.TryAdd(key, value))
        {
            return false;
        }

        _keys.Add(key);
        return true;
    }
}
