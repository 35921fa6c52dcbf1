using System.Buffers;
using System.Buffers.Binary;

namespace Binlog.TiDB.Codec;

/// <summary>
/// TiDB's binary JSON: a type code byte, then the value. Objects and arrays carry count, size and entries with offsets relative to
/// themselves; literals lie in the entry, everything else at its offset. Integers are little-endian.
/// </summary>
public static class BinaryJson
{
    /// <summary>Deepest nesting that is read or written; beyond it a document is refused instead of exhausting the stack.</summary>
    public const int MaxDepth = 1000;

    internal const int HeaderSize = 8;
    internal const int KeyEntrySize = 6;
    internal const int ValueEntrySize = 5;

    /// <summary>Writes the text of a document.</summary>
    /// <param name="document">Type code byte and value, all of it.</param>
    /// <param name="writer">Gets UTF-8.</param>
    /// <param name="escapeHtml">Write &lt; &gt; &amp; as \u00XX, as TiDB did before 2019; the meaning is the same.</param>
    /// <exception cref="TiDBFormatException">An offset, size or code is wrong, or the nesting is too deep.</exception>
    public static void WriteText(ReadOnlySpan<byte> document, IBufferWriter<byte> writer, bool escapeHtml = false)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var size = Measure(document, 0);
        if (size != document.Length)
        {
            TiDBFormatException.Throw("JSON", size, "the end", $"{document.Length - size} more bytes");
        }

        new BinaryJsonPrinter(document, writer, escapeHtml).Print();
    }

    /// <summary>Writes type code byte and value of a document given as UTF-8 text.</summary>
    /// <param name="text">One JSON value.</param>
    /// <param name="writer">Gets the document.</param>
    /// <param name="unsignedIntegers">Keep integers beyond int64 as uint64, as newer TiDB does; otherwise they become doubles.</param>
    /// <exception cref="TiDBFormatException">The text is not JSON, nested too deep, or a key is longer than 65535 bytes.</exception>
    public static void Encode(ReadOnlySpan<byte> text, IBufferWriter<byte> writer, bool unsignedIntegers = true)
    {
        ArgumentNullException.ThrowIfNull(writer);
        BinaryJsonEncoder.Encode(text, writer, unsignedIntegers);
    }

    internal static int Measure(ReadOnlySpan<byte> source, int position)
    {
        var left = source.Length - position;
        if (left < 2)
        {
            TiDBFormatException.ThrowTruncated("JSON", position, 2, left);
        }

        var size = 1 + MeasureValue((BinaryJsonType)source[position], source, position + 1);
        if (size > left)
        {
            TiDBFormatException.ThrowTruncated("JSON", position, size, left);
        }

        return (int)size;
    }

    /// <summary>Size of a value from its own header; may exceed what is left of the source.</summary>
    internal static long MeasureValue(BinaryJsonType type, ReadOnlySpan<byte> source, int position)
    {
        switch (type)
        {
            case BinaryJsonType.Literal:
                return 1;
            case BinaryJsonType.Int64 or BinaryJsonType.UInt64 or BinaryJsonType.Double
                or BinaryJsonType.Date or BinaryJsonType.DateTime or BinaryJsonType.Timestamp:
                return 8;
            case BinaryJsonType.Duration:
                return 12;
            case BinaryJsonType.Object or BinaryJsonType.Array:
                return MeasureContainer(source, position);
            case BinaryJsonType.String:
                return MeasureString(source, position, position);
            case BinaryJsonType.Opaque:
                return 1 + MeasureString(source, position + 1, position + 1);
            default:
                TiDBFormatException.Throw("JSON", position - 1, "a known type code", $"0x{(byte)type:x2}");
                return 0;
        }
    }

    private static long MeasureContainer(ReadOnlySpan<byte> source, int position)
    {
        if (source.Length - position < HeaderSize)
        {
            TiDBFormatException.ThrowTruncated("JSON container", position, HeaderSize, source.Length - position);
        }

        var size = BinaryPrimitives.ReadUInt32LittleEndian(source[(position + 4)..]);
        if (size < HeaderSize)
        {
            TiDBFormatException.Throw("JSON container", position + 4, "a size of at least 8", $"{size}");
        }

        return size;
    }

    private static long MeasureString(ReadOnlySpan<byte> source, int start, int position)
    {
        var length = Varint.ReadUnsigned(source, ref position);
        return length > int.MaxValue ? int.MaxValue : position - start + (long)length;
    }
}
