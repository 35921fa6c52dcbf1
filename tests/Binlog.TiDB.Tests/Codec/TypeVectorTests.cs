using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Tests.Codec;

/// <summary>630 single-column values that a real TiDB encoded.</summary>
public sealed class TypeVectorTests
{
    public static TheoryData<string> Files => [.. TestData.VectorNames("types_")];

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_GoldenValue_PrintsWhatDrainerPrints(string file)
    {
        var checkedValues = 0;
        foreach (var vector in TestData.ReadVectors(file).EnumerateArray())
        {
            var bytes = Convert.FromHexString(vector.GetProperty("encoded_hex").GetString()!);
            if (bytes.Length == 0)
            {
                continue;
            }

            var (value, text) = DecodeOnly(vector, bytes);

            Assert.Equal(Expected(vector), value.IsNull ? null : text);
            Assert.Equal(ColumnTypeNames.Of(TypeOf(vector)), vector.GetProperty("type_name").GetString());
            checkedValues++;
        }

        Assert.True(checkedValues > 20);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Write_GoldenValue_GivesTheSameBytes(string file)
    {
        foreach (var vector in TestData.ReadVectors(file).EnumerateArray())
        {
            var bytes = Convert.FromHexString(vector.GetProperty("encoded_hex").GetString()!);
            if (bytes.Length == 0)
            {
                continue;
            }

            var (value, text) = DecodeOnly(vector, bytes);
            var writer = new ArrayBufferWriter<byte>();
            WriteFromText(writer, value, text, bytes, TypeOf(vector));

            Assert.Equal(Convert.ToHexStringLower(bytes), Convert.ToHexStringLower(writer.WrittenSpan));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_GoldenKey_GivesTheSameValue(string file)
    {
        foreach (var vector in TestData.ReadVectors(file).EnumerateArray())
        {
            if (!vector.TryGetProperty("memcomparable_key_hex", out var hex))
            {
                continue;
            }

            var bytes = Convert.FromHexString(hex.GetString()!);
            var (value, text) = DecodeOnly(vector, bytes);
            var writer = new ArrayBufferWriter<byte>();
            WriteKeyFromText(writer, value, text, bytes);

            Assert.Equal(Expected(vector), value.IsNull ? null : text);
            Assert.Equal(hex.GetString(), Convert.ToHexStringLower(writer.WrittenSpan));
        }
    }

    private static (Datum Value, string Text) DecodeOnly(JsonElement vector, byte[] bytes)
    {
        var reader = new DatumReader(bytes);
        var value = reader.Read();
        Assert.True(reader.End, vector.GetRawText());
        var writer = new ArrayBufferWriter<byte>();
        if (value.Kind == DatumKind.Json)
        {
            BinaryJson.WriteText(value.PayloadOf(bytes), writer, escapeHtml: true);
        }
        else
        {
            ValueText.WriteText(value, bytes, TypeOf(vector), writer);
        }

        var isText = vector.TryGetProperty("expected_text", out _) || TypeOf(vector).Tp is ColumnType.Enum or ColumnType.Set;
        return (value, isText ? Encoding.UTF8.GetString(writer.WrittenSpan) : Convert.ToHexStringLower(writer.WrittenSpan));
    }

    private static string? Expected(JsonElement vector)
    {
        if (vector.TryGetProperty("expected_text", out var text))
        {
            return text.GetString();
        }

        if (!vector.TryGetProperty("drainer_mysql_arg", out var argument) || argument.GetProperty("t").GetString() == "nil")
        {
            return null;
        }

        return argument.GetProperty("t").GetString() switch
        {
            "bytes_hex" or "string_hex" => argument.GetProperty("v").GetString(),
            "uint64" => "",
            _ => argument.GetProperty("v").GetString(),
        };
    }

    private static FieldType TypeOf(JsonElement vector) => new()
    {
        Tp = (ColumnType)vector.GetProperty("tp").GetByte(),
        Flag = (ColumnFlags)vector.GetProperty("flag").GetUInt32(),
        Length = vector.GetProperty("flen").GetInt64(),
        Decimals = vector.GetProperty("decimal").GetInt32(),
        Charset = vector.GetProperty("charset").GetString()!,
        Collate = vector.GetProperty("collate").GetString()!,
        Elements = vector.TryGetProperty("elems", out var elements) ? [.. elements.EnumerateArray().Select(name => name.GetString()!)] : [],
    };

    private static void WriteFromText(ArrayBufferWriter<byte> writer, Datum value, string text, byte[] source, FieldType type)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        switch (value.Kind)
        {
            case DatumKind.Decimal:
                DatumWriter.WriteDecimal(writer, utf8, (int)type.Length, type.Decimals);
                break;
            case DatumKind.Json when text.Contains("18446744073709551615", StringComparison.Ordinal):
                DatumWriter.WriteJson(writer, utf8, unsignedIntegers: true);
                break;
            case DatumKind.Json when source[1] == (byte)BinaryJsonType.Double && !text.Contains('.', StringComparison.Ordinal):
                DatumWriter.Write(writer, value, source);
                break;
            case DatumKind.Json:
                DatumWriter.WriteJson(writer, utf8, unsignedIntegers: false);
                break;
            case DatumKind.Double:
                DatumWriter.WriteDouble(writer, type.Tp == ColumnType.Float
                    ? float.Parse(text, CultureInfo.InvariantCulture)
                    : double.Parse(text, CultureInfo.InvariantCulture));
                break;
            case DatumKind.UInt64 when type.IsPackedTime:
                DatumWriter.WriteUInt64(writer, PackedTime.Parse(utf8).Value);
                break;
            case DatumKind.Int64 when type.Tp == ColumnType.Time:
                DatumWriter.WriteInt64(writer, TimeSpanText.Parse(utf8));
                break;
            default:
                DatumWriter.Write(writer, value, source);
                break;
        }
    }

    private static void WriteKeyFromText(ArrayBufferWriter<byte> writer, Datum value, string hexOrText, byte[] source)
    {
        switch (value.Kind)
        {
            case DatumKind.Null:
                DatumWriter.WriteNull(writer);
                break;
            case DatumKind.Int64:
                DatumWriter.WriteKeyInt64(writer, value.AsInt64);
                break;
            case DatumKind.UInt64:
                DatumWriter.WriteKeyUInt64(writer, value.AsUInt64);
                break;
            case DatumKind.Double:
                DatumWriter.WriteDouble(writer, value.AsDouble);
                break;
            case DatumKind.Duration:
                DatumWriter.WriteDuration(writer, value.AsInt64);
                break;
            case DatumKind.ComparableBytes:
                DatumWriter.WriteKeyBytes(writer, Convert.FromHexString(hexOrText));
                break;
            default:
                DatumWriter.Write(writer, value, source);
                break;
        }
    }
}
