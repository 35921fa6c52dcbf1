using System.Globalization;

namespace Binlog.Service.Metrics;

/// <summary>
/// Numbers as Prometheus' own clients write them (Go's format 'g' with the shortest exact digits), so that label values such as
/// <c>le="5e-05"</c> are the same text as in the original's metrics.
/// </summary>
internal static class ExpositionNumber
{
    private const int SmallestPlainExponent = -4;
    private const int FirstLargeExponent = 6;

    public static string Format(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
        }

        if (value == 0)
        {
            return "0";
        }

        (string digits, int exponent) = Split(Math.Abs(value));
        string magnitude = exponent is < SmallestPlainExponent or >= FirstLargeExponent ? Scientific(digits, exponent) : Plain(digits, exponent);
        return value < 0 ? "-" + magnitude : magnitude;
    }

    /// <summary>The shortest digits that give the number back, without leading and trailing zeros, and the decimal exponent of the first.</summary>
    private static (string Digits, int Exponent) Split(double value)
    {
        string text = value.ToString("E16", CultureInfo.InvariantCulture);
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        string digits = shortest.Split('E')[0].Replace(".", "", StringComparison.Ordinal).TrimStart('0').TrimEnd('0');
        int exponent = int.Parse(text.AsSpan(text.IndexOf('E', StringComparison.Ordinal) + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return (digits, exponent);
    }

    private static string Scientific(string digits, int exponent)
    {
        string mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits[1..]}";
        return string.Create(CultureInfo.InvariantCulture, $"{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }

    private static string Plain(string digits, int exponent)
    {
        if (exponent < 0)
        {
            return $"0.{new string('0', -exponent - 1)}{digits}";
        }

        return digits.Length <= exponent + 1
            ? digits.PadRight(exponent + 1, '0')
            : $"{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }
}
