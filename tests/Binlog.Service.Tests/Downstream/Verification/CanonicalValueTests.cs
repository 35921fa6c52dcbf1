using System.Buffers;
using System.Text;
using System.Text.Json;
using Binlog.Service.Downstream.Verification;
using Binlog.Service.Tests.Drainer;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Tests.Downstream.Verification;

public sealed class CanonicalValueTests
{
    public static TheoryData<string> TypeVectors => ["types_int.json", "types_float.json", "types_decimal.json", "types_time.json", "types_string.json", "types_enum_set_bit.json", "types_json.json"];

    [Theory]
    [MemberData(nameof(TypeVectors))]
    public void Of_LiteralAndStoredValueOfEveryVector_AreEqual(string file)
    {
        using JsonDocument vectors = JsonDocument.Parse(File.ReadAllBytes(RecordedStream.VectorPathOf(file)));
        int compared = 0;
        foreach (JsonElement vector in vectors.RootElement.EnumerateArray())
        {
            byte[] encoded = Convert.FromHexString(vector.GetProperty("encoded_hex").GetString()!);
            if (encoded.Length == 0 || vector.TryGetProperty("session_time_zone", out _))
            {
                continue;
            }

            FieldType type = TypeOf(vector);
            Datum value = new DatumReader(encoded).Read();
            var text = new ArrayBufferWriter<byte>();
            ValueText.WriteText(value, encoded, type, text);
            string stored = type.Tp == ColumnType.Bit
                ? CanonicalValue.OfBits(Convert.FromHexString(Encoding.ASCII.GetString(text.WrittenSpan[2..])))
                : CanonicalValue.OfText(text.WrittenSpan, type);

            Assert.Equal(CanonicalValue.OfLiteral(vector.GetProperty("expected_sql_literal").GetString()!, type), stored);
            compared++;
        }

        Assert.True(compared > 10);
    }

    [Theory]
    [InlineData("'a\\'b\\\\c\\n\\0'", "a'b\\c\n\0")]
    [InlineData("'it''s'", "it's")]
    [InlineData("''", "")]
    [InlineData("'10\\%\\_'", "10\\%\\_")]
    [InlineData("'né中😀'", "né中😀")]
    public void Parse_Text_UndoesEscapes(string literal, string text) =>
        Assert.Equal(text, Encoding.UTF8.GetString(SqlLiteral.Parse(literal).Bytes));

    [Theory]
    [InlineData("x'00ff'", SqlLiteralKindName.Binary, "00FF")]
    [InlineData("0x00ff", SqlLiteralKindName.Binary, "00FF")]
    [InlineData("b'100000001'", SqlLiteralKindName.Bits, "0101")]
    [InlineData("b''", SqlLiteralKindName.Bits, "")]
    [InlineData("-1.5e+03", SqlLiteralKindName.Number, "2D312E35652B3033")]
    [InlineData("null", SqlLiteralKindName.Null, "")]
    public void Parse_OtherLiterals_GivesKindAndBytes(string literal, string kind, string bytes)
    {
        SqlLiteral parsed = SqlLiteral.Parse(literal);

        Assert.Equal((kind, bytes), (parsed.Kind.ToString(), Convert.ToHexString(parsed.Bytes)));
    }

    [Theory]
    [InlineData("'open")]
    [InlineData("'a'b'")]
    [InlineData("'a\\'")]
    [InlineData("'")]
    [InlineData("x'0'")]
    [InlineData("b'2'")]
    [InlineData("name")]
    [InlineData("")]
    public void Parse_Nonsense_Throws(string literal) => Assert.Throws<FormatException>(() => SqlLiteral.Parse(literal));

    [Theory]
    [InlineData("{\"b\": 1, \"a\": [1.0, \"x\"]}", "{\"a\":[1,\"\\u0078\"],\"b\":1e0}", true)]
    [InlineData("18446744073709551615", "18446744073709551614", false)]
    [InlineData("9007199254740993", "9007199254740992", false)]
    [InlineData("[1, 2]", "[2, 1]", false)]
    [InlineData("1", "\"1\"", false)]
    [InlineData("null", "\"null\"", false)]
    [InlineData("0.1", "0.10", true)]
    public void OfText_Json_ComparesByValue(string left, string right, bool isEqual)
    {
        var type = new FieldType { Tp = ColumnType.Json, Charset = "binary" };

        Assert.Equal(isEqual, CanonicalValue.OfText(Encoding.UTF8.GetBytes(left), type) == CanonicalValue.OfText(Encoding.UTF8.GetBytes(right), type));
    }

    [Theory]
    [InlineData("1.5", "1.50", 2, true)]
    [InlineData("-0.00", "0", 2, true)]
    [InlineData("1.501", "1.50", 2, false)]
    [InlineData("12345678901234567890123456789.1", "12345678901234567890123456789.2", 1, false)]
    public void OfText_Decimal_ComparesDigits(string left, string right, int scale, bool isEqual)
    {
        var type = new FieldType { Tp = ColumnType.NewDecimal, Length = 40, Decimals = scale };

        Assert.Equal(isEqual, CanonicalValue.OfText(Encoding.ASCII.GetBytes(left), type) == CanonicalValue.OfText(Encoding.ASCII.GetBytes(right), type));
    }

    private static FieldType TypeOf(JsonElement vector) => new()
    {
        Tp = (ColumnType)vector.GetProperty("tp").GetInt32(),
        Flag = (ColumnFlags)vector.GetProperty("flag").GetUInt32(),
        Length = vector.GetProperty("flen").GetInt64(),
        Decimals = vector.GetProperty("decimal").GetInt32(),
        Charset = vector.GetProperty("charset").GetString()!,
        Elements = vector.TryGetProperty("elems", out JsonElement elements) && elements.ValueKind == JsonValueKind.Array
            ? [.. elements.EnumerateArray().Select(element => element.GetString()!)]
            : [],
    };

    private static class SqlLiteralKindName
    {
        public const string Null = "Null";
        public const string Number = "Number";
        public const string Binary = "Binary";
        public const string Bits = "Bits";
    }
}
