using System.Globalization;
using System.Text.RegularExpressions;
using Binlog.Service.Configuration.Importing.Toml;

namespace Binlog.Service.Configuration.Importing;

/// <summary>Durations and sizes as the original writes them.</summary>
internal static partial class OriginalUnits
{
    private static readonly Dictionary<string, decimal> SecondsOf = new(StringComparer.Ordinal)
    {
        ["ns"] = 1e-9m, ["us"] = 1e-6m, ["µs"] = 1e-6m, ["ms"] = 1e-3m, ["s"] = 1, ["m"] = 60, ["h"] = 3600,
    };

    private static readonly Dictionary<string, long> BytesOf = new(StringComparer.OrdinalIgnoreCase)
    {
        [""] = 1, ["b"] = 1,
        ["k"] = 1_000, ["kb"] = 1_000, ["m"] = 1_000_000, ["mb"] = 1_000_000, ["g"] = 1_000_000_000, ["gb"] = 1_000_000_000,
        ["t"] = 1_000_000_000_000, ["tb"] = 1_000_000_000_000,
        ["ki"] = 1L << 10, ["kib"] = 1L << 10, ["mi"] = 1L << 20, ["mib"] = 1L << 20, ["gi"] = 1L << 30, ["gib"] = 1L << 30,
        ["ti"] = 1L << 40, ["tib"] = 1L << 40,
    };

    /// <summary>Retention: a bare integer is days, else a duration of Go such as <c>8h</c> or <c>1h30m</c>. In seconds.</summary>
    /// <exception cref="TomlException">It is neither.</exception>
    public static decimal Days(TomlValue value)
    {
        const decimal secondsPerDay = 86_400;
        if (value.Kind == TomlKind.Integer)
        {
            return value.AsInteger() * secondsPerDay;
        }

        string text = value.AsText();
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long days) ? days * secondsPerDay
            : TryParseDuration(text, out decimal seconds) ? seconds
            : throw new TomlException(value.Place, $"found {value}, expected a number of days or a duration such as \"8h\"");
    }

    /// <summary>A number of bytes, or a text such as <c>10 gib</c>; the empty text is 0.</summary>
    /// <exception cref="TomlException">It is neither.</exception>
    public static decimal Bytes(TomlValue value)
    {
        if (value.Kind == TomlKind.Integer)
        {
            return value.AsInteger();
        }

        string text = value.AsText().Trim();
        Match size = Size().Match(text.Replace(",", "", StringComparison.Ordinal));
        return text.Length == 0 ? 0
            : size.Success && BytesOf.TryGetValue(size.Groups[2].Value, out long unit) && TryParseNumber(size.Groups[1].Value, out decimal number) ? decimal.Truncate(number * unit)
            : throw new TomlException(value.Place, $"found {value}, expected a size such as \"10 gib\"");
    }

    /// <summary>A duration in the form that our settings show: <c>7d</c>, <c>90m</c>, <c>1500ms</c>.</summary>
    public static string Text(decimal seconds)
    {
        (string Unit, decimal Seconds)[] units = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1), ("ms", 0.001m)];
        (string unit, decimal size) = units.First(unit => seconds % unit.Seconds == 0 || unit.Unit == "ms");
        return string.Create(CultureInfo.InvariantCulture, $"{seconds / size:0.######}{unit}");
    }

    private static bool TryParseDuration(string text, out decimal seconds)
    {
        seconds = 0;
        Match duration = Duration().Match(text);
        for (int part = 0; part < duration.Groups[1].Captures.Count; part++)
        {
            if (!TryParseNumber(duration.Groups[1].Captures[part].Value, out decimal number))
            {
                return false;
            }

            seconds += number * SecondsOf[duration.Groups[2].Captures[part].Value];
        }

        return duration.Success;
    }

    /// <summary>At most 18 digits before the point, so that products with units stay within decimal's range.</summary>
    private static bool TryParseNumber(string text, out decimal number) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number) && number < 1_000_000_000_000_000;

    [GeneratedRegex(@"^(?:([0-9]+(?:\.[0-9]*)?)(ns|us|µs|ms|s|m|h))+$")]
    private static partial Regex Duration();

    [GeneratedRegex(@"^([0-9]+(?:\.[0-9]*)?)\s*([a-zA-Z]*)$")]
    private static partial Regex Size();
}
