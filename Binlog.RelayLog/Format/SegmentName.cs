using System.Globalization;

namespace Binlog.RelayLog.Format;

/// <summary>File names in a log's directory.</summary>
internal static class SegmentName
{
    public const string Extension = ".seg";
    public const string TemporaryExtension = ".tmp";
    public const string Lock = ".lock";
    public const string CloseMark = "closed.mark";
    public const string Repairs = "repairs.jsonl";
    public const string QuarantinePrefix = "quarantine-";

    /// <summary>20 digits, so that names sort like numbers.</summary>
    public static string Of(ulong number) => number.ToString("D20", CultureInfo.InvariantCulture) + Extension;

    public static bool IsSegment(string name) => name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>True for a temporary file of this log; other files in the directory aren't ours to delete.</summary>
    public static bool IsTemporary(string name) =>
        name == CloseMark + TemporaryExtension
        || (name.EndsWith(Extension + TemporaryExtension, StringComparison.Ordinal) && TryParse(name[..^TemporaryExtension.Length], out _));

    public static bool TryParse(string name, out ulong number) =>
        ulong.TryParse(name.AsSpan(0, Math.Max(0, name.Length - Extension.Length)), NumberStyles.None, CultureInfo.InvariantCulture, out number)
        && number > 0
        && name == Of(number);
}
