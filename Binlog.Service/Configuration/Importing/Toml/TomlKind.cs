namespace Binlog.Service.Configuration.Importing.Toml;

/// <summary>Type of a TOML value. Dates and times are not read.</summary>
internal enum TomlKind
{
    Text,
    Integer,
    Float,
    Boolean,
    Array,
    Table,
}
