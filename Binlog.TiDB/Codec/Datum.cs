using System.Runtime.InteropServices;

namespace Binlog.TiDB.Codec;

/// <summary>
/// One value of a row, 24 bytes. Numbers are held; anything longer is a place in the buffer that the reader was given, so the datum is
/// valid as long as that buffer.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct Datum
{
    private readonly long _bits;

    private Datum(DatumKind kind, long bits, int offset, int length)
    {
        Kind = kind;
        _bits = bits;
        Offset = offset;
        Length = length;
    }

    /// <summary>A column that the row does not carry.</summary>
    public static Datum Missing => default;

    /// <summary>SQL NULL.</summary>
    public static Datum Null => new(DatumKind.Null, 0, 0, 0);

    /// <summary>What it is.</summary>
    public DatumKind Kind { get; }

    /// <summary>Start of the payload in the reader's buffer, for kinds that refer to it; otherwise 0.</summary>
    public int Offset { get; }

    /// <summary>Payload length in bytes, for kinds that refer to the buffer; otherwise 0.</summary>
    public int Length { get; }

    /// <summary>The value of Int64, or the nanoseconds of Duration.</summary>
    public long AsInt64 => _bits;

    /// <summary>The value of UInt64.</summary>
    public ulong AsUInt64 => (ulong)_bits;

    /// <summary>The value of Double.</summary>
    public double AsDouble => BitConverter.Int64BitsToDouble(_bits);

    /// <summary>True for NULL.</summary>
    public bool IsNull => Kind == DatumKind.Null;

    /// <summary>True when the row does not carry the column.</summary>
    public bool IsMissing => Kind == DatumKind.Missing;

    /// <summary>A signed integer.</summary>
    public static Datum FromInt64(long value) => new(DatumKind.Int64, value, 0, 0);

    /// <summary>An unsigned integer.</summary>
    public static Datum FromUInt64(ulong value) => new(DatumKind.UInt64, (long)value, 0, 0);

    /// <summary>A double.</summary>
    public static Datum FromDouble(double value) => new(DatumKind.Double, BitConverter.DoubleToInt64Bits(value), 0, 0);

    /// <summary>A duration in nanoseconds.</summary>
    public static Datum FromDuration(long nanoseconds) => new(DatumKind.Duration, nanoseconds, 0, 0);

    /// <summary>A value that lies in a buffer.</summary>
    public static Datum FromRange(DatumKind kind, int offset, int length) => new(kind, 0, offset, length);

    /// <summary>The payload in the buffer that the reader was given.</summary>
    public ReadOnlySpan<byte> PayloadOf(ReadOnlySpan<byte> source) => source.Slice(Offset, Length);
}
