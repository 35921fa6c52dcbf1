namespace Binlog.Service.Configuration.Importing.Toml;

/// <summary>A place in a text, both numbers from 1; columns in UTF-16 units.</summary>
internal readonly record struct TomlPlace(int Line, int Column)
{
    public override string ToString() => $"line {Line}, column {Column}";
}
