using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Binlog.TiDB;

/// <summary>
/// A timestamp of PD's timestamp oracle: Unix milliseconds shifted left by <see cref="LogicalBits"/>, plus a counter that orders
/// timestamps taken within one millisecond.
/// </summary>
/// <param name="Value">The 64 bits as they travel in binlogs and requests.</param>
public readonly record struct Tso(ulong Value) : IComparable<Tso>, ISpanParsable<Tso>, ISpanFormattable
{
    /// <summary>Number of low bits that hold the logical counter.</summary>
    public const int LogicalBits = 18;

    /// <summary>The largest logical counter.</summary>
    public const ulong MaxLogical = (1UL << LogicalBits) - 1;

    /// <summary>The timestamp before every other; commit TS of a rollback.</summary>
    public static Tso Zero => default;

    /// <summary>Milliseconds since 1970-01-01T00:00:00Z.</summary>
    public long PhysicalMilliseconds => (long)(Value >> LogicalBits);

    /// <summary>Counter within the millisecond, 0 to <see cref="MaxLogical"/>.</summary>
    public uint Logical => (uint)(Value & MaxLogical);

    /// <summary>Puts a timestamp together.</summary>
    /// <param name="physicalMilliseconds">Milliseconds since the Unix epoch, 0 to 2^46 - 1.</param>
    /// <param name="logical">0 to <see cref="MaxLogical"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A part does not fit its bits.</exception>
    public static Tso FromParts(long physicalMilliseconds, uint logical = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(physicalMilliseconds);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(physicalMilliseconds, long.MaxValue >> (LogicalBits - 1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(logical, (uint)MaxLogical);
        return new Tso(((ulong)physicalMilliseconds << LogicalBits) | logical);
    }

    /// <summary>The first timestamp of the millisecond that holds <paramref name="time"/>.</summary>
    public static Tso FromDateTimeOffset(DateTimeOffset time) => FromParts(time.ToUnixTimeMilliseconds());

    /// <summary>The physical part as a UTC time.</summary>
    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.FromUnixTimeMilliseconds(PhysicalMilliseconds);

    /// <inheritdoc/>
    public int CompareTo(Tso other) => Value.CompareTo(other.Value);

    public static bool operator <(Tso left, Tso right) => left.Value < right.Value;

    public static bool operator >(Tso left, Tso right) => left.Value > right.Value;

    public static bool operator <=(Tso left, Tso right) => left.Value <= right.Value;

    public static bool operator >=(Tso left, Tso right) => left.Value >= right.Value;

    /// <summary>Reads the decimal form.</summary>
    public static Tso Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null) =>
        new(ulong.Parse(s, NumberStyles.None, CultureInfo.InvariantCulture));

    /// <summary>Reads the decimal form.</summary>
    public static Tso Parse(string s, IFormatProvider? provider = null)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan(), provider);
    }

    /// <summary>Reads the decimal form; false when the text is anything else.</summary>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out Tso result)
    {
        var read = ulong.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var value);
        result = new Tso(value);
        return read;
    }

    /// <summary>Reads the decimal form; false when the text is anything else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Tso result) =>
        TryParse(s.AsSpan(), provider, out result);

    /// <summary>The decimal form.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The decimal form; no other format exists.</summary>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <summary>Writes the decimal form.</summary>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        Value.TryFormat(destination, out charsWritten, default, CultureInfo.InvariantCulture);
}
