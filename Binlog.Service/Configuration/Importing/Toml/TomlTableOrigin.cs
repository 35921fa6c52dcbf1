namespace Binlog.Service.Configuration.Importing.Toml;

/// <summary>How a table came into being, which decides what may be added to it.</summary>
internal enum TomlTableOrigin
{
    /// <summary>Named on the way to another header; a header of its own may follow.</summary>
    Implied,

    /// <summary>By its header; a second one is an error.</summary>
    Header,

    /// <summary>By dotted keys; only further dotted keys may add to it.</summary>
    DottedKey,

    /// <summary>In braces; nothing may be added.</summary>
    Inline,
}
