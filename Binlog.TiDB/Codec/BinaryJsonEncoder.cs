using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Binlog.TiDB.Codec;

/// <summary>Builds a document from text. Writers of test data and defaults use it, so it may allocate.</summary>
internal sealed class BinaryJsonEncoder
{
    private readonly List<byte> _bytes = [];
    private readonly bool _unsignedIntegers;

    private BinaryJsonEncoder(bool unsignedIntegers) => _unsignedIntegers = unsignedIntegers;

    public static void Encode(ReadOnlySpan<byte> text, IBufferWriter<byte> writer, bool unsignedIntegers)
    {
        try
        {
            var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = BinaryJson.MaxDepth });
            using var document = JsonDocument.ParseValue(ref reader);
            if (reader.Read())
            {
                TiDBFormatException.Throw("JSON text", reader.TokenStartIndex, "one value", "more");
            }

            var encoder = new BinaryJsonEncoder(unsignedIntegers);
            encoder._bytes.Add(0);
            encoder._bytes[0] = (byte)encoder.Append(document.RootElement);
            writer.Write(CollectionsMarshal.AsSpan(encoder._bytes));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new TiDBFormatException("JSON text", 0, "one valid JSON value", exception.Message, exception);
        }
    }

    private BinaryJsonType Append(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                AppendObject(element);
                return BinaryJsonType.Object;
            case JsonValueKind.Array:
                AppendArray(element);
                return BinaryJsonType.Array;
            case JsonValueKind.String:
                AppendString(Encoding.UTF8.GetBytes(element.GetString()!));
                return BinaryJsonType.String;
            case JsonValueKind.Number:
                return AppendNumber(element);
            default:
                _bytes.Add(LiteralCode(element.ValueKind));
                return BinaryJsonType.Literal;
        }
    }

    private static byte LiteralCode(JsonValueKind kind) => kind switch
    {
        JsonValueKind.True => 1,
        JsonValueKind.False => 2,
        _ => 0,
    };

    private BinaryJsonType AppendNumber(JsonElement element)
    {
        Span<byte> value = stackalloc byte[8];
        BinaryJsonType type;
        if (element.TryGetInt64(out var signed))
        {
            BinaryPrimitives.WriteInt64LittleEndian(value, signed);
            type = BinaryJsonType.Int64;
        }
        else if (_unsignedIntegers && element.TryGetUInt64(out var unsigned))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(value, unsigned);
            type = BinaryJsonType.UInt64;
        }
        else
        {
            var number = element.GetDouble();
            if (!double.IsFinite(number))
            {
                TiDBFormatException.Throw("JSON text", 0, "a number within double range", element.GetRawText());
            }

            BinaryPrimitives.WriteDoubleLittleEndian(value, number);
            type = BinaryJsonType.Double;
        }

        _bytes.AddRange(value);
        return type;
    }

    private void AppendString(byte[] text)
    {
        Span<byte> length = stackalloc byte[Varint.MaxBytes];
        _bytes.AddRange(length[..Varint.Write(length, (ulong)text.Length)]);
        _bytes.AddRange(text);
    }

    private void AppendArray(JsonElement element)
    {
        var start = BeginContainer(element.GetArrayLength(), BinaryJson.ValueEntrySize);
        var entry = start + BinaryJson.HeaderSize;
        foreach (var item in element.EnumerateArray())
        {
            AppendEntry(item, start, entry);
            entry += BinaryJson.ValueEntrySize;
        }

        Patch(start + 4, (uint)(_bytes.Count - start));
    }

    private void AppendObject(JsonElement element)
    {
        var members = new SortedDictionary<byte[], JsonElement>(ByteOrder.Instance);
        foreach (var member in element.EnumerateObject())
        {
            members[Encoding.UTF8.GetBytes(member.Name)] = member.Value;
        }

        var start = BeginContainer(members.Count, BinaryJson.KeyEntrySize + BinaryJson.ValueEntrySize);
        var entry = start + BinaryJson.HeaderSize;
        foreach (var key in members.Keys)
        {
            if (key.Length > ushort.MaxValue)
            {
                TiDBFormatException.Throw("JSON text", 0, $"keys of at most {ushort.MaxValue} bytes", $"{key.Length}");
            }

            Patch(entry, (uint)(_bytes.Count - start));
            BinaryPrimitives.WriteUInt16LittleEndian(CollectionsMarshal.AsSpan(_bytes)[(entry + 4)..], (ushort)key.Length);
            _bytes.AddRange(key);
            entry += BinaryJson.KeyEntrySize;
        }

        foreach (var value in members.Values)
        {
            AppendEntry(value, start, entry);
            entry += BinaryJson.ValueEntrySize;
        }

        Patch(start + 4, (uint)(_bytes.Count - start));
    }

    private int BeginContainer(int count, int entrySize)
    {
        var start = _bytes.Count;
        CollectionsMarshal.SetCount(_bytes, start + BinaryJson.HeaderSize + count * entrySize);
        CollectionsMarshal.AsSpan(_bytes)[start..].Clear();
        Patch(start, (uint)count);
        return start;
    }

    private void AppendEntry(JsonElement value, int container, int entry)
    {
        if (value.ValueKind is JsonValueKind.Null or JsonValueKind.True or JsonValueKind.False)
        {
            _bytes[entry] = (byte)BinaryJsonType.Literal;
            _bytes[entry + 1] = LiteralCode(value.ValueKind);
            return;
        }

        Patch(entry + 1, (uint)(_bytes.Count - container));
        var type = Append(value);
        _bytes[entry] = (byte)type;
    }

    private void Patch(int position, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(CollectionsMarshal.AsSpan(_bytes)[position..], value);

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public static readonly ByteOrder Instance = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
