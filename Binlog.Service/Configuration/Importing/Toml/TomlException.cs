namespace Binlog.Service.Configuration.Importing.Toml;

/// <summary>A text is not TOML, or a value is not of the type that its key has.</summary>
internal sealed class TomlException(TomlPlace place, string problem) : Exception($"{place}: {problem}")
{
    public TomlPlace Place => place;
}
