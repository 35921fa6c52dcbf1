using System.Globalization;

namespace Binlog.Service.Configuration.Importing.Toml;

/// <summary>A value and where it begins. Asking for another type than it has gives a <see cref="TomlException"/> with that place.</summary>
internal sealed class TomlValue
{
    private readonly object _value;

    private TomlValue(TomlKind kind, object value, TomlPlace place)
    {
        Kind = kind;
        _value = value;
        Place = place;
    }

    public TomlKind Kind { get; }

    public TomlPlace Place { get; }

    /// <summary>What a message says instead of the value.</summary>
    public string KindName => Kind switch
    {
        TomlKind.Text => "a text",
        TomlKind.Integer => "an integer",
        TomlKind.Float => "a float",
        TomlKind.Boolean => "true or false",
        TomlKind.Array => "an array",
        _ => "a table",
    };

    public static TomlValue Of(string text, TomlPlace place) => new(TomlKind.Text, text, place);

    public static TomlValue Of(long integer, TomlPlace place) => new(TomlKind.Integer, integer, place);

    public static TomlValue Of(double number, TomlPlace place) => new(TomlKind.Float, number, place);

    public static TomlValue Of(bool boolean, TomlPlace place) => new(TomlKind.Boolean, boolean, place);

    public static TomlValue Of(List<TomlValue> items, TomlPlace place) => new(TomlKind.Array, items, place);

    public static TomlValue Of(TomlTable table, TomlPlace place) => new(TomlKind.Table, table, place);

    public string AsText() => (string)Require(TomlKind.Text, "a text");

    public long AsInteger() => (long)Require(TomlKind.Integer, "an integer");

    public bool AsBoolean() => (bool)Require(TomlKind.Boolean, "true or false");

    /// <summary>A float, or an integer as one.</summary>
    public double AsNumber() => Kind == TomlKind.Integer ? (long)_value : (double)Require(TomlKind.Float, "a number");

    public IReadOnlyList<TomlValue> AsArray() => (List<TomlValue>)Require(TomlKind.Array, "an array");

    public TomlTable AsTable() => (TomlTable)Require(TomlKind.Table, "a table");

    /// <summary>The value as a file might have it, on one line; arrays of tables and tables in short.</summary>
    public override string ToString() => Kind switch
    {
        TomlKind.Text => $"\"{((string)_value).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal)}\"",
        TomlKind.Integer => ((long)_value).ToString(CultureInfo.InvariantCulture),
        TomlKind.Float => ((double)_value).ToString(CultureInfo.InvariantCulture),
        TomlKind.Boolean => (bool)_value ? "true" : "false",
        TomlKind.Array => $"[{string.Join(", ", (List<TomlValue>)_value)}]",
        _ => "{…}",
    };

    private object Require(TomlKind kind, string expected) =>
        Kind == kind ? _value : throw new TomlException(Place, $"found {KindName}, expected {expected}");
}
