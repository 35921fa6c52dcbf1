using System.Buffers;
using System.Runtime.CompilerServices;

namespace Binlog.TiDB.Codec;

/// <summary>LEB128 integers, plain and zig-zag, at most ten bytes; what datums and protobuf both use.</summary>
public static class Varint
{
    /// <summary>The longest form of a 64-bit integer.</summary>
    public const int MaxBytes = 10;

    /// <summary>Reads an unsigned integer at <paramref name="position"/> and moves past it.</summary>
    /// <exception cref="TiDBFormatException">The bytes end too early or the value exceeds 64 bits.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ReadUnsigned(ReadOnlySpan<byte> source, ref int position)
    {
        var at = position;
        if ((uint)at < (uint)source.Length && source[at] < 0x80)
        {
            position = at + 1;
            return source[at];
        }

        return ReadLong(source, ref position);
    }

    /// <summary>Reads a zig-zag integer at <paramref name="position"/> and moves past it.</summary>
    /// <exception cref="TiDBFormatException">The bytes end too early or the value exceeds 64 bits.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long ReadSigned(ReadOnlySpan<byte> source, ref int position)
    {
        var value = ReadUnsigned(source, ref position);
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>Writes an unsigned integer.</summary>
    public static void WriteUnsigned(IBufferWriter<byte> writer, ulong value)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var span = writer.GetSpan(MaxBytes);
        writer.Advance(Write(span, value));
    }

    /// <summary>Writes a zig-zag integer.</summary>
    public static void WriteSigned(IBufferWriter<byte> writer, long value) => WriteUnsigned(writer, ZigZag(value));

    /// <summary>Number of bytes that <see cref="WriteUnsigned"/> takes.</summary>
    public static int SizeOf(ulong value) => (63 - (int)ulong.LeadingZeroCount(value | 1)) / 7 + 1;

    internal static ulong ZigZag(long value) => ((ulong)value << 1) ^ (ulong)(value >> 63);

    internal static int Write(Span<byte> destination, ulong value)
    {
        var length = 0;
        while (value >= 0x80)
        {
            destination[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[length++] = (byte)value;
        return length;
    }

    private static ulong ReadLong(ReadOnlySpan<byte> source, ref int position)
    {
        var start = position;
        ulong value = 0;
        for (var index = 0; index < MaxBytes; index++)
        {
            if ((uint)(start + index) >= (uint)source.Length)
            {
                TiDBFormatException.ThrowTruncated("varint", start, index + 1, Math.Max(0, source.Length - start));
            }

            var b = source[start + index];
            if (b < 0x80)
            {
                if (index == MaxBytes - 1 && b > 1)
                {
                    break;
                }

                position = start + index + 1;
                return value | ((ulong)b << (7 * index));
            }

            value |= (ulong)(b & 0x7f) << (7 * index);
        }

        TiDBFormatException.Throw("varint", start, "at most 64 bits", "more");
        return 0;
    }
}
