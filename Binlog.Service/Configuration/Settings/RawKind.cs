namespace Binlog.Service.Configuration.Settings;

/// <summary>How a value was written where it came from.</summary>
internal enum RawKind
{
    /// <summary>Environment variable or command line: text that stands for any type.</summary>
    Untyped,
    String,
    Number,
    Boolean,
    Null,
    Array,
    Section,
}
