namespace Binlog.Service.Configuration.Settings;

/// <summary>
/// The one description of a configuration key: checking, errors, help, the effective configuration and the table of
/// <c>docs/configuration.md</c> all come from it.
/// </summary>
internal abstract record Setting(string Path)
{
    /// <summary>What the key changes, one sentence.</summary>
    public required string Effect { get; init; }

    /// <summary>The key or flag of tidb-binlog with the same meaning; null when it has none.</summary>
    public string? Original { get; init; }

    /// <summary>Another name that tidb-binlog has for it: its flag, where that differs from the key of the file.</summary>
    public string? OriginalFlag { get; init; }

    /// <summary>The value is hidden wherever it would be shown.</summary>
    public bool Secret { get; init; }

    /// <summary>What stands in place of a default that isn't a plain value, such as "required" or "as listen".</summary>
    public string? DefaultNote { get; init; }

    /// <summary>Name of the type, for example "integer".</summary>
    public abstract string TypeName { get; }

    /// <summary>Unit of a bare number; empty when it has none.</summary>
    public abstract string Unit { get; }

    /// <summary>Allowed values; empty when every value of the type is.</summary>
    public abstract string Range { get; }

    /// <summary>A phrase that follows "expected", for example "an integer from 1 to 65535".</summary>
    public abstract string Expected { get; }

    /// <summary>The default as it would be written, or <see cref="DefaultNote"/>; "none" without either.</summary>
    public abstract string DefaultText { get; }

    /// <summary>True when the setting has a value without any source.</summary>
    public abstract bool HasPlainDefault { get; }

    /// <summary>Section that the key is in; empty at the top level.</summary>
    public string Section => Path.LastIndexOf('.') is var dot and >= 0 ? Path[..dot] : "";

    /// <summary>The key without its sections.</summary>
    public string Name => Path[(Path.LastIndexOf('.') + 1)..];

    /// <summary>Reads a value of this setting's type; on failure <paramref name="problem"/> may say more than "wrong type".</summary>
    public abstract bool TryRead(RawValue raw, out object? value, out string? problem);

    /// <summary>A value that <see cref="TryRead"/> gave, as it would be written; a secret gives its mask.</summary>
    public abstract string Format(object? value);
}
