using System.Buffers;
using System.Buffers.Binary;

namespace Binlog.TiDB.Codec;

/// <summary>
/// Forms whose bytes sort like their values, without datum flags: what TiKV keys are made of. Integers are eight bytes big-endian; bytes
/// go in groups of eight, each followed by 0xff minus the number of padding bytes.
/// </summary>
public static class ComparableCodec
{
    private const int GroupSize = 8;
    private const ulong SignBit = 1UL << 63;

    /// <summary>Writes a signed integer.</summary>
    public static void WriteInt64(IBufferWriter<byte> writer, long value) => WriteUInt64(writer, (ulong)value ^ SignBit);

    /// <summary>Writes a signed integer so that larger values sort first.</summary>
    public static void WriteInt64Descending(IBufferWriter<byte> writer, long value) => WriteUInt64(writer, ~((ulong)value ^ SignBit));

    /// <summary>Writes an unsigned integer.</summary>
    public static void WriteUInt64(IBufferWriter<byte> writer, ulong value)
    {
        ArgumentNullException.ThrowIfNull(writer);
        BinaryPrimitives.WriteUInt64BigEndian(writer.GetSpan(8), value);
        writer.Advance(8);
    }

    /// <summary>Writes an unsigned integer so that larger values sort first.</summary>
    public static void WriteUInt64Descending(IBufferWriter<byte> writer, ulong value) => WriteUInt64(writer, ~value);

    /// <summary>Writes a double; negative zero becomes zero.</summary>
    public static void WriteDouble(IBufferWriter<byte> writer, double value)
    {
        var bits = BitConverter.DoubleToUInt64Bits(value);
        WriteUInt64(writer, value >= 0 ? bits | SignBit : ~bits);
    }

    /// <summary>Writes bytes of any length.</summary>
    public static void WriteBytes(IBufferWriter<byte> writer, ReadOnlySpan<byte> value)
    {
        ArgumentNullException.ThrowIfNull(writer);
        while (true)
        {
            var group = writer.GetSpan(GroupSize + 1);
            var taken = Math.Min(GroupSize, value.Length);
            value[..taken].CopyTo(group);
            group[taken..GroupSize].Clear();
            group[GroupSize] = (byte)(0xff - (GroupSize - taken));
            writer.Advance(GroupSize + 1);
            value = value[taken..];
            if (taken < GroupSize)
            {
                return;
            }
        }
    }

    /// <summary>Reads a signed integer and moves past it.</summary>
    /// <exception cref="TiDBFormatException">Fewer than eight bytes are left.</exception>
    public static long ReadInt64(ReadOnlySpan<byte> source, ref int position) => (long)(ReadUInt64(source, ref position) ^ SignBit);

    /// <summary>Reads an unsigned integer and moves past it.</summary>
    /// <exception cref="TiDBFormatException">Fewer than eight bytes are left.</exception>
    public static ulong ReadUInt64(ReadOnlySpan<byte> source, ref int position)
    {
        var left = source.Length - position;
        if (left < 8)
        {
            TiDBFormatException.ThrowTruncated("comparable integer", position, 8, left);
        }

        var value = BinaryPrimitives.ReadUInt64BigEndian(source[position..]);
        position += 8;
        return value;
    }

    /// <summary>Reads a double and moves past it.</summary>
    /// <exception cref="TiDBFormatException">Fewer than eight bytes are left.</exception>
    public static double ReadDouble(ReadOnlySpan<byte> source, ref int position)
    {
        var bits = ReadUInt64(source, ref position);
        return BitConverter.UInt64BitsToDouble((bits & SignBit) != 0 ? bits & ~SignBit : ~bits);
    }

    /// <summary>Length in bytes of the groups that start at <paramref name="position"/>, all of them checked.</summary>
    /// <exception cref="TiDBFormatException">The groups don't end, a marker is out of range or padding is not zero.</exception>
    public static int MeasureBytes(ReadOnlySpan<byte> source, int position)
    {
        for (var at = position; ; at += GroupSize + 1)
        {
            if (source.Length - at < GroupSize + 1)
            {
                TiDBFormatException.ThrowTruncated("comparable bytes", at, GroupSize + 1, source.Length - at);
            }

            var padding = 0xff - source[at + GroupSize];
            if (padding == 0)
            {
                continue;
            }

            if (padding > GroupSize || source.Slice(at + GroupSize - padding, padding).ContainsAnyExcept((byte)0))
            {
                TiDBFormatException.Throw("comparable bytes", at, "zero padding of at most 8 bytes", $"marker 0x{source[at + GroupSize]:x2}");
            }

            return at + GroupSize + 1 - position;
        }
    }

    /// <summary>Reads bytes into <paramref name="writer"/> and moves past them.</summary>
    /// <exception cref="TiDBFormatException">See <see cref="MeasureBytes"/>.</exception>
    public static void ReadBytes(ReadOnlySpan<byte> source, ref int position, IBufferWriter<byte> writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var end = position + MeasureBytes(source, position);
        for (; position < end; position += GroupSize + 1)
        {
            writer.Write(source.Slice(position, GroupSize - (0xff - source[position + GroupSize])));
        }
    }
}
