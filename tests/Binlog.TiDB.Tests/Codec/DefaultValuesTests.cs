using System.Buffers;
using System.Text;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Tests.Codec;

public sealed class DefaultValuesTests
{
    [Theory]
    [InlineData(ColumnType.Int, 11, 0, "binary", "-7", "-7")]
    [InlineData(ColumnType.Float, 12, -1, "binary", "3.14", "3.14")]
    [InlineData(ColumnType.NewDecimal, 10, 3, "binary", "1.5", "1.500")]
    [InlineData(ColumnType.Date, 10, 0, "binary", "2019-01-02", "2019-01-02")]
    [InlineData(ColumnType.DateTime, 19, 2, "binary", "2019-01-02 03:04:05.25", "2019-01-02 03:04:05.25")]
    [InlineData(ColumnType.Time, 10, 0, "binary", "-01:02:03", "-01:02:03")]
    [InlineData(ColumnType.Year, 4, 0, "binary", "2019", "2019")]
    [InlineData(ColumnType.VarChar, 10, 0, "utf8", "text", "text")]
    [InlineData(ColumnType.String, 5, 0, "binary", "ab", "ab\0\0\0")]
    [InlineData(ColumnType.Enum, -1, 0, "utf8", "b", "b")]
    [InlineData(ColumnType.Set, -1, 0, "utf8", "a,c", "a,c")]
    [InlineData(ColumnType.Bit, 9, 0, "binary", "\u0001A", "0x0141")]
    [InlineData(ColumnType.Json, -1, 0, "binary", "{\"a\":1}", "{\"a\": 1}")]
    public void ForMissing_OriginDefault_IsTheValue(ColumnType type, long length, int decimals, string charset, string text, string expected)
    {
        var column = Column(type, length, decimals, charset, ColumnFlags.NotNull) with { OriginDefault = text };

        Assert.Equal(expected, Text(DefaultValues.ForMissing(column), column));
    }

    [Theory]
    [InlineData(ColumnType.BigInt, "0")]
    [InlineData(ColumnType.Double, "0")]
    [InlineData(ColumnType.NewDecimal, "0.000")]
    [InlineData(ColumnType.Timestamp, "0000-00-00 00:00:00.000")]
    [InlineData(ColumnType.Time, "00:00:00.000")]
    [InlineData(ColumnType.Year, "0")]
    [InlineData(ColumnType.Blob, "")]
    [InlineData(ColumnType.Enum, "a")]
    [InlineData(ColumnType.Set, "")]
    [InlineData(ColumnType.Json, "null")]
    [InlineData(ColumnType.String, "\0\0\0\0\0\0\0\0\0\0")]
    public void ForMissing_NotNullWithoutDefault_IsZero(ColumnType type, string expected)
    {
        var column = Column(type, 10, 3, "binary", ColumnFlags.NotNull);

        Assert.Equal(expected, Text(DefaultValues.ForMissing(column), column));
    }

    [Fact]
    public void ForMissing_Nullable_IsNull() =>
        Assert.True(DefaultValues.ForMissing(Column(ColumnType.Int, 11, 0, "binary", ColumnFlags.None)).Value.IsNull);

    [Fact]
    public void ForMissing_BitWithBytes_TakesTheBytes()
    {
        var column = Column(ColumnType.Bit, 16, 0, "binary", ColumnFlags.Unsigned) with { OriginDefault = "\ufffd", OriginDefaultBit = [0xff, 0x01] };

        Assert.Equal(0xff01UL, DefaultValues.ForMissing(column).Value.AsUInt64);
    }

    [Fact]
    public void ForMissing_OldTimestamp_IsReadInTheHostsZone()
    {
        var zone = TimeZoneInfo.CreateCustomTimeZone("plus8", TimeSpan.FromHours(8), "plus8", "plus8");
        var column = Column(ColumnType.Timestamp, 19, 0, "binary", ColumnFlags.NotNull) with { OriginDefault = "2019-01-01 08:00:00" };

        Assert.Equal("2019-01-01 00:00:00", Text(DefaultValues.ForMissing(column, zone), column));
        Assert.Equal("2019-01-01 08:00:00", Text(DefaultValues.ForMissing(column with { Version = 1 }, zone), column));
    }

    [Theory]
    [InlineData(ColumnType.Int, "abc")]
    [InlineData(ColumnType.Enum, "z")]
    [InlineData(ColumnType.Set, "a,z")]
    [InlineData(ColumnType.DateTime, "CURRENT_TIMESTAMP")]
    [InlineData(ColumnType.Bit, "\ufffd")]
    [InlineData(ColumnType.Double, "1e999")]
    [InlineData(ColumnType.NewDecimal, "12345678901")]
    [InlineData(ColumnType.Json, "{")]
    public void ForMissing_DefaultOfAnotherType_Refuses(ColumnType type, string text)
    {
        var column = Column(type, 10, 3, "binary", ColumnFlags.NotNull) with { OriginDefault = text };

        Assert.Throws<TiDBFormatException>(() => DefaultValues.ForMissing(column));
    }

    private static ColumnInfo Column(ColumnType type, long length, int decimals, string charset, ColumnFlags flags) => new()
    {
        Id = 1, Name = "c", State = SchemaState.Public,
        Type = new FieldType { Tp = type, Length = length, Decimals = decimals, Charset = charset, Flag = flags, Elements = ["a", "b", "c"] },
    };

    private static string Text(DefaultValue value, ColumnInfo column)
    {
        var writer = new ArrayBufferWriter<byte>();
        ValueText.WriteText(value.Value, value.Source, column.Type, writer);
        return Encoding.UTF8.GetString(writer.WrittenSpan);
    }
}
