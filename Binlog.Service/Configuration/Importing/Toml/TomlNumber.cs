using System.Globalization;
using System.Text.RegularExpressions;

namespace Binlog.Service.Configuration.Importing.Toml;

/// <summary>Reads the words that stand for numbers and truth values.</summary>
internal static partial class TomlNumber
{
    /// <summary>The value of a word; null when it is none.</summary>
    /// <exception cref="TomlException">The number is too large, or a date.</exception>
    public static TomlValue? TryRead(string word, TomlPlace place)
    {
        string digits = word.Replace("_", "", StringComparison.Ordinal);
        return word switch
        {
            "true" => TomlValue.Of(true, place),
            "false" => TomlValue.Of(false, place),
            "inf" or "+inf" => TomlValue.Of(double.PositiveInfinity, place),
            "-inf" => TomlValue.Of(double.NegativeInfinity, place),
            "nan" or "+nan" or "-nan" => TomlValue.Of(double.NaN, place),
            _ when Decimal().IsMatch(word) => TomlValue.Of(long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer) ? integer : throw TooLarge(word, place), place),
            _ when Prefixed().IsMatch(word) => TomlValue.Of(ReadPrefixed(digits, word, place), place),
            _ when Fraction().IsMatch(word) => TomlValue.Of(double.Parse(digits, CultureInfo.InvariantCulture), place),
            _ when Date().IsMatch(word) => throw new TomlException(place, $"found the date or time {word}; no key of tidb-binlog has one"),
            _ => null,
        };
    }

    private static long ReadPrefixed(string digits, string word, TomlPlace place)
    {
        long value = 0;
        int radix = digits[1] switch { 'x' => 16, 'o' => 8, _ => 2 };
        foreach (char digit in digits.AsSpan(2))
        {
            int number = char.IsAsciiDigit(digit) ? digit - '0' : char.ToLowerInvariant(digit) - 'a' + 10;
            value = value <= (long.MaxValue - number) / radix ? (value * radix) + number : throw TooLarge(word, place);
        }

        return value;
    }

    private static TomlException TooLarge(string word, TomlPlace place) => new(place, $"found {word}, expected an integer of at most 64 bits");

    [GeneratedRegex("^[+-]?(?:0|[1-9](?:_?[0-9])*)$")]
    private static partial Regex Decimal();

    [GeneratedRegex("^0(?:x[0-9a-fA-F](?:_?[0-9a-fA-F])*|o[0-7](?:_?[0-7])*|b[01](?:_?[01])*)$")]
    private static partial Regex Prefixed();

    [GeneratedRegex(@"^[+-]?(?:0|[1-9](?:_?[0-9])*)(?:\.[0-9](?:_?[0-9])*)?(?:[eE][+-]?[0-9](?:_?[0-9])*)?$")]
    private static partial Regex Fraction();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d|^\d\d:\d\d")]
    private static partial Regex Date();
}
