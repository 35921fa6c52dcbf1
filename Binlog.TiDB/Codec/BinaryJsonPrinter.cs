using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace Binlog.TiDB.Codec;

/// <summary>
/// Prints a document. Offsets come from outside and may point anywhere, also back at their container, so every value that is printed is
/// paid for from a budget of the document's size: no input can cost more than a genuine document of its length.
/// </summary>
internal ref struct BinaryJsonPrinter(ReadOnlySpan<byte> document, IBufferWriter<byte> writer, bool escapeHtml)
{
    private readonly ReadOnlySpan<byte> _document = document;
    private long _budget = document.Length;

    public void Print() => PrintValue((BinaryJsonType)_document[0], 1, _document.Length, 0);

    private void PrintValue(BinaryJsonType type, int position, int end, int depth)
    {
        if (depth > BinaryJson.MaxDepth)
        {
            TiDBFormatException.Throw("JSON", position, $"at most {BinaryJson.MaxDepth} levels", "more");
        }

        var scope = _document[..end];
        var size = BinaryJson.MeasureValue(type, scope, position);
        if (size > end - position)
        {
            TiDBFormatException.ThrowTruncated("JSON value", position, size, end - position);
        }

        switch (type)
        {
            case BinaryJsonType.Object:
                PrintContainer(position, position + (int)size, depth, isObject: true);
                return;
            case BinaryJsonType.Array:
                PrintContainer(position, position + (int)size, depth, isObject: false);
                return;
        }

        Pay(position, size);
        var value = scope.Slice(position, (int)size);
        switch (type)
        {
            case BinaryJsonType.Literal:
                PrintLiteral(value[0], position);
                break;
            case BinaryJsonType.Int64:
                PrintInteger(BinaryPrimitives.ReadInt64LittleEndian(value));
                break;
            case BinaryJsonType.UInt64:
                PrintUnsigned(BinaryPrimitives.ReadUInt64LittleEndian(value));
                break;
            case BinaryJsonType.Double:
                var room = writer.GetSpan(FloatText.MaxLength);
                writer.Advance(FloatText.FormatJson(BinaryPrimitives.ReadDoubleLittleEndian(value), room));
                break;
            case BinaryJsonType.String:
                var start = position;
                Varint.ReadUnsigned(_document, ref start);
                JsonStringWriter.Write(scope[start..(position + (int)size)], writer, escapeHtml);
                break;
            case BinaryJsonType.Opaque:
                PrintOpaque(value);
                break;
            default:
                PrintTime(type, value);
                break;
        }
    }

    private void PrintContainer(int position, int end, int depth, bool isObject)
    {
        var count = BinaryPrimitives.ReadUInt32LittleEndian(_document[position..]);
        var entrySize = BinaryJson.ValueEntrySize + (isObject ? BinaryJson.KeyEntrySize : 0);
        var headSize = BinaryJson.HeaderSize + count * (long)entrySize;
        if (headSize > end - position)
        {
            TiDBFormatException.ThrowTruncated("JSON entries", position, headSize, end - position);
        }

        Pay(position, headSize);
        var keys = position + BinaryJson.HeaderSize;
        var values = keys + (isObject ? (int)count * BinaryJson.KeyEntrySize : 0);
        writer.Write(isObject ? "{"u8 : "["u8);
        for (var index = 0; index < (int)count; index++)
        {
            if (index > 0)
            {
                writer.Write(", "u8);
            }

            if (isObject)
            {
                PrintKey(keys + index * BinaryJson.KeyEntrySize, position, end);
                writer.Write(": "u8);
            }

            PrintEntry(values + index * BinaryJson.ValueEntrySize, position, end, depth);
        }

        writer.Write(isObject ? "}"u8 : "]"u8);
    }

    private void PrintKey(int entry, int container, int end)
    {
        var offset = BinaryPrimitives.ReadUInt32LittleEndian(_document[entry..]);
        var length = BinaryPrimitives.ReadUInt16LittleEndian(_document[(entry + 4)..]);
        if (offset + (long)length > end - container)
        {
            TiDBFormatException.ThrowTruncated("JSON key", entry, offset + (long)length, end - container);
        }

        Pay(entry, length);
        JsonStringWriter.Write(_document.Slice(container + (int)offset, length), writer, escapeHtml);
    }

    private void PrintEntry(int entry, int container, int end, int depth)
    {
        var type = (BinaryJsonType)_document[entry];
        if (type == BinaryJsonType.Literal)
        {
            PrintLiteral(_document[entry + 1], entry + 1);
            return;
        }

        var offset = BinaryPrimitives.ReadUInt32LittleEndian(_document[(entry + 1)..]);
        if (offset >= end - container)
        {
            TiDBFormatException.Throw("JSON entry", entry, $"an offset below {end - container}", $"{offset}");
        }

        PrintValue(type, container + (int)offset, end, depth + 1);
    }

    private void Pay(int position, long size)
    {
        _budget -= size;
        if (_budget < 0)
        {
            TiDBFormatException.Throw("JSON", position, "values that don't overlap", "shared bytes");
        }
    }

    private readonly void PrintLiteral(byte code, int position)
    {
        if (code > 2)
        {
            TiDBFormatException.Throw("JSON literal", position, "0, 1 or 2", $"{code}");
        }

        writer.Write(code == 0 ? "null"u8 : code == 1 ? "true"u8 : "false"u8);
    }

    private readonly void PrintInteger(long value)
    {
        Utf8Formatter.TryFormat(value, writer.GetSpan(20), out var length);
        writer.Advance(length);
    }

    private readonly void PrintUnsigned(ulong value)
    {
        Utf8Formatter.TryFormat(value, writer.GetSpan(20), out var length);
        writer.Advance(length);
    }

    private readonly void PrintOpaque(ReadOnlySpan<byte> value)
    {
        var start = 1;
        Varint.ReadUnsigned(value, ref start);
        writer.Write("\"base64:type"u8);
        PrintUnsigned(value[0]);
        writer.Write(":"u8);
        var room = writer.GetSpan(Base64.GetMaxEncodedToUtf8Length(value.Length - start));
        Base64.EncodeToUtf8(value[start..], room, out _, out var length);
        writer.Advance(length);
        writer.Write("\""u8);
    }

    private readonly void PrintTime(BinaryJsonType type, ReadOnlySpan<byte> value)
    {
        var room = writer.GetSpan(28);
        room[0] = (byte)'"';
        var bits = BinaryPrimitives.ReadInt64LittleEndian(value);
        var length = type == BinaryJsonType.Duration
            ? TimeSpanText.Format(bits, PackedTime.MaxFraction, room[1..])
            : FromCoreTime((ulong)bits).Format(room[1..], type != BinaryJsonType.Date, PackedTime.MaxFraction);
        room[length + 1] = (byte)'"';
        writer.Advance(length + 2);
    }

    // TiDB's in-memory time: year 14 bits, month 4, day 5, hour 5, minute 6, second 6, microsecond 20, then 4 bits of type and precision.
    private static PackedTime FromCoreTime(ulong bits)
    {
        var (year, month, day) = ((int)(bits >> 50), (int)(bits >> 46) & 15, (int)(bits >> 41) & 31);
        var (hour, minute, second) = ((int)(bits >> 36) & 31, (int)(bits >> 30) & 63, (int)(bits >> 24) & 63);
        var microsecond = (int)(bits >> 4) & 0xfffff;
        if (year > 9999 || month > 12 || hour > 23 || minute > 59 || second > 59 || microsecond > 999_999)
        {
            TiDBFormatException.Throw("JSON time", 0, "parts in their ranges", $"0x{bits:x16}");
        }

        return PackedTime.FromParts(year, month, day, hour, minute, second, microsecond);
    }
}
