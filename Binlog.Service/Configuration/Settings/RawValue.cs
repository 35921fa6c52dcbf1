using System.Diagnostics;

namespace Binlog.Service.Configuration.Settings;

/// <summary>One key as a source gave it, not yet checked.</summary>
/// <param name="Path">Key with its sections, separated by dots, as written.</param>
/// <param name="Kind">How the value was written.</param>
/// <param name="Text">The value; empty for arrays and sections.</param>
/// <param name="Origin">Where it was written.</param>
internal sealed record RawValue(string Path, RawKind Kind, string Text, SettingOrigin Origin)
{
    /// <summary>The elements of an array of texts; null for an array of anything else, and for all that is no array.</summary>
    public IReadOnlyList<string>? Items { get; init; }

    /// <summary>True when the value can be read as a text.</summary>
    public bool IsText => Kind is RawKind.String or RawKind.Untyped;

    /// <summary>True when the value can be read as a number.</summary>
    public bool IsNumber => Kind is RawKind.Number or RawKind.Untyped;

    /// <summary>The value for an error message; a secret's text stays hidden.</summary>
    public string Describe(bool secret) => Kind switch
    {
        RawKind.Null => "null",
        RawKind.Array => "an array",
        RawKind.Section => "a section",
        _ when secret => Kind == RawKind.Number ? "a number" : Kind == RawKind.Boolean ? "true or false" : "a text",
        RawKind.Number or RawKind.Boolean => Text,
        RawKind.String or RawKind.Untyped => $"\"{Text}\"",
        _ => throw new UnreachableException(),
    };
}
