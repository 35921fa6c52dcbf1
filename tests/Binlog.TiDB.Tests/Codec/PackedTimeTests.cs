using System.Buffers;
using System.Text;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Tests.Codec;

public sealed class PackedTimeTests
{
    private static readonly TimeZoneInfo Shanghai = TimeZoneInfo.CreateCustomTimeZone("plus8", TimeSpan.FromHours(8), "plus8", "plus8");

    [Fact]
    public void WriteText_TimestampInZone_ShiftsIt()
    {
        var stored = Datum.FromUInt64(PackedTime.Parse("2019-02-18 18:08:43.5"u8).Value);
        var type = new FieldType { Tp = ColumnType.Timestamp, Decimals = 1 };

        Assert.Equal("2019-02-18 18:08:43.5", Text(stored, type, TimeZoneInfo.Utc));
        Assert.Equal("2019-02-19 02:08:43.5", Text(stored, type, Shanghai));
        Assert.Equal("2019-02-18 18:08:43.5", Text(stored, type with { Tp = ColumnType.DateTime }, Shanghai));
    }

    [Fact]
    public void WriteText_ZeroTimestamp_HasNoZone()
    {
        var type = new FieldType { Tp = ColumnType.Timestamp };

        Assert.Equal("0000-00-00 00:00:00", Text(Datum.FromUInt64(0), type, Shanghai));
    }

    [Fact]
    public void ToUtc_LocalTime_UndoesFromUtc()
    {
        var time = PackedTime.FromParts(2020, 12, 31, 12, 30, 59, 7);

        Assert.Equal(time, time.FromUtc(Shanghai).ToUtc(Shanghai));
        Assert.Equal("2020-12-31 20:30:59.000007", time.FromUtc(Shanghai).ToString());
    }

    [Fact]
    public void ToDateTime_PartialDate_Refuses() =>
        Assert.Throws<TiDBFormatException>(() => PackedTime.FromParts(2019, 0, 0).ToDateTime(DateTimeKind.Utc));

    [Theory]
    [InlineData("2019-00-00", "2019-00-00 00:00:00.000000")]
    [InlineData("2019-01-02T03:04:05", "2019-01-02 03:04:05.000000")]
    [InlineData("0001-01-01 00:00:00.1", "0001-01-01 00:00:00.100000")]
    public void Parse_AcceptedForms_GiveTheTime(string text, string expected) =>
        Assert.Equal(expected, PackedTime.Parse(Encoding.ASCII.GetBytes(text)).ToString());

    [Theory]
    [InlineData("2019-13-01")]
    [InlineData("2019-01-32")]
    [InlineData("2019-01-01 24:00:00")]
    [InlineData("2019-01-01 00:00")]
    [InlineData("2019-01-01 00:00:00.1234567")]
    [InlineData("2019-01")]
    [InlineData("CURRENT_TIMESTAMP")]
    [InlineData("")]
    public void Parse_OtherText_Refuses(string text) =>
        Assert.Throws<TiDBFormatException>(() => PackedTime.Parse(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Format_PartsOutOfRange_Refuses() =>
        Assert.Throws<TiDBFormatException>(() => new PackedTime(0xffffff).Format(new byte[26], withTime: true, 6));

    [Theory]
    [InlineData(-3020399000000000L, 0, "-838:59:59")]
    [InlineData(1000, 6, "00:00:00.000001")]
    [InlineData(0, 0, "00:00:00")]
    [InlineData(36_000_000_000_000, 2, "10:00:00.00")]
    public void TimeSpanText_Nanoseconds_PrintAndParse(long nanoseconds, int fraction, string text)
    {
        Span<byte> room = stackalloc byte[TimeSpanText.MaxLength];

        Assert.Equal(text, Encoding.ASCII.GetString(room[..TimeSpanText.Format(nanoseconds, fraction, room)]));
        Assert.Equal(nanoseconds, TimeSpanText.Parse(Encoding.ASCII.GetBytes(text)));
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public void TimeSpanText_BeyondTheRange_Refuses(long nanoseconds) =>
        Assert.Throws<TiDBFormatException>(() => TimeSpanText.Format(nanoseconds, 0, new byte[TimeSpanText.MaxLength]));

    private static string Text(Datum value, FieldType type, TimeZoneInfo zone)
    {
        var writer = new ArrayBufferWriter<byte>();
        ValueText.WriteText(value, default, type, writer, zone);
        return Encoding.ASCII.GetString(writer.WrittenSpan);
    }
}
