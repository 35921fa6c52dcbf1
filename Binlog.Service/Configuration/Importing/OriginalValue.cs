using Binlog.Service.Configuration.Importing.Toml;

namespace Binlog.Service.Configuration.Importing;

/// <summary>A key of the original's file with its value.</summary>
/// <param name="Key">The key with its tables, separated by dots.</param>
/// <param name="Value">The value.</param>
internal sealed record OriginalValue(string Key, TomlValue Value)
{
    /// <summary>For messages: key, value and line; a password's value stays hidden.</summary>
    public override string ToString() => $"{Assignment} (line {Value.Place.Line})";

    /// <summary>Key and value as in the file.</summary>
    public string Assignment => Key.Contains("password", StringComparison.OrdinalIgnoreCase) ? $"{Key} = \"******\"" : $"{Key} = {Value}";
}
