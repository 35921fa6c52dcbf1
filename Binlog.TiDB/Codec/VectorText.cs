using System.Buffers;
using System.Buffers.Binary;

namespace Binlog.TiDB.Codec;

/// <summary>Prints a vector of float32 as TiDB does and reads again: <c>[1,-0.5,3]</c>.</summary>
internal static class VectorText
{
    /// <summary>Longest element: the smallest float has 53 characters.</summary>
    private const int MaxElementLength = 64;

    /// <summary>Prints a vector.</summary>
    /// <param name="payload">Little-endian count, then the elements.</param>
    /// <param name="writer">Gets the text.</param>
    /// <exception cref="TiDBFormatException">The length is not that of the count, or an element is no finite number.</exception>
    public static void Write(ReadOnlySpan<byte> payload, IBufferWriter<byte> writer)
    {
        if (payload.Length < 4 || payload.Length != 4 + 4L * BinaryPrimitives.ReadUInt32LittleEndian(payload))
        {
            TiDBFormatException.Throw("vector", 0, "a count and as many elements", $"{payload.Length} bytes");
        }

        writer.Write("["u8);
        for (int at = 4; at < payload.Length; at += 4)
        {
            if (at > 4)
            {
                writer.Write(","u8);
            }

            writer.Advance(FloatText.FormatElement(BinaryPrimitives.ReadSingleLittleEndian(payload[at..]), writer.GetSpan(MaxElementLength)));
        }

        writer.Write("]"u8);
    }
}
