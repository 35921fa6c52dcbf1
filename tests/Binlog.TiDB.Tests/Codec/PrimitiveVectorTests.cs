using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Keys;

namespace Binlog.TiDB.Tests.Codec;

/// <summary>Every entry of codec_primitives.json, written and read.</summary>
public sealed class PrimitiveVectorTests
{
    [Fact]
    public void Encode_EveryPrimitive_GivesTheGoldenBytes()
    {
        var count = 0;
        foreach (var vector in TestData.ReadVectors("codec_primitives.json").EnumerateArray())
        {
            var writer = new ArrayBufferWriter<byte>();
            Encode(vector, writer);

            Assert.True(
                vector.GetProperty("hex").GetString() == Convert.ToHexStringLower(writer.WrittenSpan),
                $"{vector.GetRawText()}: wrote {Convert.ToHexStringLower(writer.WrittenSpan)}");
            count++;
        }

        Assert.Equal(442, count);
    }

    [Fact]
    public void Decode_EveryPrimitive_GivesTheGoldenInput()
    {
        foreach (var vector in TestData.ReadVectors("codec_primitives.json").EnumerateArray())
        {
            var bytes = Convert.FromHexString(vector.GetProperty("hex").GetString()!);

            var (text, position) = Decode(vector, bytes);

            var expected = vector.TryGetProperty("decoded", out var decoded) ? decoded.GetString() : Input(vector) == "-0" ? "0" : Input(vector);
            Assert.True(text is null || (expected == text && position == bytes.Length), $"{vector.GetRawText()}: read {text}, {position} bytes");
        }
    }

    private static string Kind(JsonElement vector) => vector.GetProperty("kind").GetString()!;

    private static string Input(JsonElement vector) => vector.GetProperty("input").GetString()!;

    private static long Signed(JsonElement vector) => long.Parse(Input(vector), CultureInfo.InvariantCulture);

    private static ulong Unsigned(JsonElement vector) => ulong.Parse(Input(vector), CultureInfo.InvariantCulture);

    private static int[] Numbers(string text) =>
        [.. Regex.Matches(text, @"\d+").Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture))];

    private static long[] Ids(JsonElement vector) =>
        [.. Regex.Matches(Input(vector), @"=(-?\d+)").Select(match => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    private static double Double(JsonElement vector) => Input(vector) switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        var text => double.Parse(text, CultureInfo.InvariantCulture),
    };

    private static void Encode(JsonElement vector, ArrayBufferWriter<byte> writer)
    {
        switch (Kind(vector))
        {
            case "EncodeInt(cmp int64 BE ^ sign)":
                ComparableCodec.WriteInt64(writer, Signed(vector));
                break;
            case "EncodeIntDesc":
                ComparableCodec.WriteInt64Descending(writer, Signed(vector));
                break;
            case "EncodeVarint(zigzag)":
                Varint.WriteSigned(writer, Signed(vector));
                break;
            case "EncodeKey int datum":
                DatumWriter.WriteKeyInt64(writer, Signed(vector));
                break;
            case "EncodeValue int datum":
                DatumWriter.WriteInt64(writer, Signed(vector));
                break;
            case "EncodeUint(BE)":
                ComparableCodec.WriteUInt64(writer, Unsigned(vector));
                break;
            case "EncodeUintDesc":
                ComparableCodec.WriteUInt64Descending(writer, Unsigned(vector));
                break;
            case "EncodeUvarint":
                Varint.WriteUnsigned(writer, Unsigned(vector));
                Assert.Equal(writer.WrittenCount, Varint.SizeOf(Unsigned(vector)));
                break;
            case "EncodeKey uint datum":
                DatumWriter.WriteKeyUInt64(writer, Unsigned(vector));
                break;
            case "EncodeValue uint datum":
                DatumWriter.WriteUInt64(writer, Unsigned(vector));
                break;
            case "EncodeFloat":
                ComparableCodec.WriteDouble(writer, Double(vector));
                break;
            case "EncodeBytes(memcomparable groups of 8)":
                ComparableCodec.WriteBytes(writer, Convert.FromHexString(Input(vector)));
                break;
            case "EncodeCompactBytes":
                var bytes = Convert.FromHexString(Input(vector));
                Varint.WriteSigned(writer, bytes.Length);
                writer.Write(bytes);
                break;
            case "EncodeKey string datum":
                DatumWriter.WriteKeyBytes(writer, Convert.FromHexString(Input(vector)));
                break;
            case "EncodeKey null":
                DatumWriter.WriteNull(writer);
                break;
            case "MyDecimal.ToBin":
                EncodeWords(vector, writer);
                break;
            case "Time.ToPackedUint":
                ComparableCodec.WriteUInt64(writer, PackedTime.Parse(Encoding.ASCII.GetBytes(Input(vector))).Value);
                break;
            case "JSON binary (type code byte then value)":
                EncodeJson(vector, writer);
                break;
            case "row key t{tableID}_r{handle}":
                TableKey.WriteRowKey(writer, Ids(vector)[0], Ids(vector)[1]);
                break;
            case "table prefix":
                TableKey.WritePrefix(writer, Signed(vector));
                break;
            case "index key t{tableID}_i{indexID}{vals}":
                TableKey.WriteIndexPrefix(writer, Ids(vector)[0], Ids(vector)[1]);
                DatumWriter.WriteKeyBytes(writer, "abc"u8);
                DatumWriter.WriteKeyInt64(writer, 7);
                break;
            case var kind when kind.StartsWith("EncodeKey/EncodeValue duration", StringComparison.Ordinal):
                DatumWriter.WriteDuration(writer, Signed(vector));
                break;
            case var kind when kind.StartsWith("EncodeValue decimal", StringComparison.Ordinal):
                var text = Encoding.ASCII.GetBytes(Input(vector));
                var (precision, fraction) = BinaryDecimal.DigitsOf(text);
                DatumWriter.WriteDecimal(writer, text, precision, fraction);
                break;
            default:
                Assert.Fail($"No test for {Kind(vector)}.");
                break;
        }
    }

    private static void EncodeWords(JsonElement vector, ArrayBufferWriter<byte> writer)
    {
        var digits = Numbers(vector.GetProperty("extra").GetString()!);
        var target = new ArrayBufferWriter<byte>();
        BinaryDecimal.Encode(Encoding.ASCII.GetBytes(Input(vector)), digits[0], digits[1], target);
        Assert.Equal(2 + BinaryDecimal.SizeOf(digits[0], digits[1]), target.WrittenCount);
        writer.Write(target.WrittenSpan[2..]);
    }

    private static void EncodeJson(JsonElement vector, ArrayBufferWriter<byte> writer)
    {
        var text = vector.GetProperty("extra").GetString()!;
        BinaryJson.Encode(Encoding.UTF8.GetBytes(text), writer);
    }

    private static (string? Text, int Position) Decode(JsonElement vector, byte[] bytes)
    {
        var position = 0;
        var writer = new ArrayBufferWriter<byte>();
        switch (Kind(vector))
        {
            case "EncodeInt(cmp int64 BE ^ sign)":
                return ($"{ComparableCodec.ReadInt64(bytes, ref position)}", position);
            case "EncodeVarint(zigzag)":
                return ($"{Varint.ReadSigned(bytes, ref position)}", position);
            case "EncodeUint(BE)":
                return ($"{ComparableCodec.ReadUInt64(bytes, ref position)}", position);
            case "EncodeUvarint":
                return ($"{Varint.ReadUnsigned(bytes, ref position)}", position);
            case "EncodeFloat":
                var value = ComparableCodec.ReadDouble(bytes, ref position);
                Assert.Equal(Double(vector), value);
                return (Input(vector) == "-0" ? "0" : Input(vector), position);
            case "EncodeBytes(memcomparable groups of 8)":
                ComparableCodec.ReadBytes(bytes, ref position, writer);
                return (Convert.ToHexStringLower(writer.WrittenSpan), position);
            case "MyDecimal.ToBin":
                var digits = Numbers(vector.GetProperty("extra").GetString()!);
                BinaryDecimal.WriteText([(byte)digits[0], (byte)digits[1], .. bytes], writer);
                return (Encoding.ASCII.GetString(writer.WrittenSpan), bytes.Length);
            case "JSON binary (type code byte then value)":
                BinaryJson.WriteText(bytes, writer);
                Assert.Equal(vector.GetProperty("extra").GetString(), Encoding.UTF8.GetString(writer.WrittenSpan));
                return (Input(vector), bytes.Length);
            case "Time.ToPackedUint":
                var time = new PackedTime(ComparableCodec.ReadUInt64(bytes, ref position));
                Assert.Equal(PackedTime.Parse(Encoding.ASCII.GetBytes(Input(vector))), time);
                return (Input(vector), position);
            case "row key t{tableID}_r{handle}":
                Assert.Equal((Ids(vector)[0], Ids(vector)[1]), TableKey.ReadRowKey(bytes));
                return (Input(vector), bytes.Length);
            case "EncodeKey int datum" or "EncodeValue int datum":
                return ($"{Only(bytes).AsInt64}", bytes.Length);
            case "EncodeKey uint datum" or "EncodeValue uint datum":
                return ($"{Only(bytes).AsUInt64}", bytes.Length);
            case var kind when kind.StartsWith("EncodeKey/EncodeValue duration", StringComparison.Ordinal):
                Assert.Equal(DatumKind.Duration, Only(bytes).Kind);
                return ($"{Only(bytes).AsInt64}", bytes.Length);
            case var kind when kind.StartsWith("EncodeValue decimal", StringComparison.Ordinal):
                BinaryDecimal.WriteText(Only(bytes).PayloadOf(bytes), writer);
                return (Encoding.ASCII.GetString(writer.WrittenSpan), bytes.Length);
            default:
                return (null, 0);
        }
    }

    private static Datum Only(byte[] bytes)
    {
        var reader = new DatumReader(bytes);
        var value = reader.Read();
        Assert.True(reader.End);
        return value;
    }
}
