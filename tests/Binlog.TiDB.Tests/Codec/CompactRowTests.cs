using System.Buffers;
using System.Text;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Tests.Codec;

/// <summary>Rows of version 128, made by hand from TiDB's description of the format.</summary>
public sealed class CompactRowTests
{
    private static readonly TableInfo Table = new()
    {
        Id = 1,
        Name = "t",
        Columns =
        [
            Column(1, ColumnType.BigInt, ColumnFlags.None),
            Column(2, ColumnType.Int, ColumnFlags.Unsigned),
            Column(3, ColumnType.VarChar, ColumnFlags.None),
            Column(4, ColumnType.Double, ColumnFlags.None),
            Column(5, ColumnType.NewDecimal, ColumnFlags.None),
            Column(6, ColumnType.DateTime, ColumnFlags.None),
            Column(7, ColumnType.Time, ColumnFlags.None),
            Column(8, ColumnType.Json, ColumnFlags.None),
            Column(9, ColumnType.Vector, ColumnFlags.None),
            Column(10, ColumnType.Year, ColumnFlags.None),
            Column(11, ColumnType.Int, ColumnFlags.None),
        ],
    };

    /// <summary>Version, flags, 10 values, 1 NULL, their ids, the ends of the values, the values.</summary>
    private const string Row =
        "80 00 0a00 0100"
        + "01 02 03 04 05 06 07 08 09 0a" + "0b"
        + "0200 0600 0900 1100 1400 1c00 2400 2600 3200 3400"
        + "fefe" // 1: -258 in two bytes
        + "ffffffff" // 2: 4294967295 in four bytes
        + "616263" // 3: abc
        + "bff8000000000000" // 4: 1.5, sign bit set
        + "020185" // 5: precision 2, fraction 1 (cut below)
        + "0000001a4c22a519" // 6
        + "00f2052a01000000" // 7: 5,000,000,000 ns
        + "0401" // 8: literal true
        + "02000000 0000803f 000000bf" // 9: [1,-0.5]
        + "e307"; // 10: 2019

    /// <summary>A decimal of precision 2 and fraction 1 has a byte for each side of the point: 5.1 is 85 01, sign bit set.</summary>
    private static readonly byte[] Whole = Bytes(Row.Replace("020185", "02018501", StringComparison.Ordinal)
        .Replace("1400 1c00 2400 2600 3200 3400", "1500 1d00 2500 2700 3300 3500", StringComparison.Ordinal));

    private static readonly string[] Texts = ["-258", "4294967295", "abc", "1.5", "5.1", "", "00:00:05", "true", "[1,-0.5]", "2019", "NULL"];

    [Fact]
    public void DecodeDelete_EveryType_IsRead()
    {
        byte[] buffer = [7, 7, .. Whole, 7];

        Datum[] values = Decode(decoder => decoder.DecodeDelete, buffer, 2, Whole.Length);

        AssertTexts(values, buffer);
        Assert.Equal(DatumKind.UInt64, values[5].Kind);
        Assert.Equal(0x19a5224c1a000000UL, values[5].AsUInt64);
    }

    [Fact]
    public void DecodeInsert_HandleBeforeTheRow_IsRead()
    {
        byte[] row = [8, 2, .. Whole];

        AssertTexts(Decode(decoder => decoder.DecodeInsert, row, 0, row.Length), row);
    }

    [Fact]
    public void DecodeInsert_KeyInTheHandleOnly_IsFilledIn()
    {
        TableInfo table = Table with { PkIsHandle = true, Columns = [Column(1, ColumnType.BigInt, ColumnFlags.PrimaryKey), .. Table.Columns.Skip(1)] };
        byte[] row = [8, 0x54, .. Bytes("80 00 0000 0100 0b")];
        var values = new Datum[Table.Columns.Count];

        new RowDecoder(table).DecodeInsert(row, 0, row.Length, values);

        Assert.Equal(42, values[0].AsInt64);
        Assert.True(values[1].IsMissing);
        Assert.True(values[10].IsNull);
    }

    [Fact]
    public void DecodeUpdate_TwoRows_AreOldAndNew()
    {
        byte[] row = Bytes("80 00 0100 0000 01 0100 05" + "80 00 0100 0000 01 0100 06");
        var old = new Datum[Table.Columns.Count];
        var @new = new Datum[Table.Columns.Count];

        new RowDecoder(Table).DecodeUpdate(row, 0, row.Length, old, @new);

        Assert.Equal((5, 6), (old[0].AsInt64, @new[0].AsInt64));
    }

    [Theory]
    [InlineData("80 02 0100 0000 01 0100 05 01 11223344")]
    [InlineData("80 02 0100 0000 01 0100 05 09 11223344 55667788")]
    [InlineData("80 01 0100 0000 01000000 01000000 05")]
    [InlineData("80 03 0100 0000 01000000 01000000 05 00 11223344")]
    [InlineData("80 00 0200 0000 01 fa 0100 0200 05 07")]
    public void DecodeDelete_LargeFormChecksumOrUnknownColumn_IsRead(string hex)
    {
        byte[] row = Bytes(hex);

        Assert.Equal(5, Decode(decoder => decoder.DecodeDelete, row, 0, row.Length)[0].AsInt64);
    }

    [Theory]
    [InlineData("80 04 0000 0000", "flags 0 to 3")]
    [InlineData("80 00 0100 0000 01 0300 050505", "1, 2, 4 or 8 bytes")]
    [InlineData("80 00 0200 0000 01 02 0200 0100 0505", "value 1 to end")]
    [InlineData("80 00 0100 0000 01 0200 05", "value 0 to end")]
    [InlineData("80 00 0200 0000 01 01 0100 0200 05 05", "no more often")]
    [InlineData("80 00 0100 0100 01 01 0100 05", "no more often")]
    [InlineData("80 00 0100 0000 01 0100 05 00", "the end after a row")]
    [InlineData("80 00 0100 0000 04 0400 00000000", "8 bytes")]
    [InlineData("80 00 0100 0000 08 0300 040101", "2 bytes")]
    [InlineData("80 00 0100 0000 09 0600 010000000000", "8 bytes")]
    public void DecodeDelete_Contradiction_IsRefused(string hex, string expected)
    {
        byte[] row = Bytes(hex);

        var exception = Assert.Throws<TiDBFormatException>(() => Decode(decoder => decoder.DecodeDelete, row, 0, row.Length));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DecodeUpdate_OneRowOnly_IsRefused()
    {
        byte[] row = Bytes("80 00 0100 0000 01 0100 05");

        Assert.Throws<TiDBFormatException>(() => new RowDecoder(Table).DecodeUpdate(row, 0, row.Length, new Datum[11], new Datum[11]));
    }

    /// <summary>Whatever is cut off or turned over: a value or a refusal, never anything else.</summary>
    [Fact]
    public void DecodeDelete_EveryCutAndEveryBit_IsReadOrRefused()
    {
        int refused = 0;
        for (int length = 0; length < Whole.Length; length++)
        {
            Assert.Throws<TiDBFormatException>(() => DecodeNonEmpty(Whole[..length]));
        }

        for (int bit = 8; bit < Whole.Length * 8; bit++)
        {
            byte[] row = [.. Whole];
            row[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                DecodeNonEmpty(row);
            }
            catch (TiDBFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 100, Whole.Length * 8);
    }

    private static void DecodeNonEmpty(byte[] row)
    {
        if (row.Length == 0)
        {
            throw new TiDBFormatException("row", 0, "a row", "nothing");
        }

        Datum[] values = Decode(decoder => decoder.DecodeDelete, row, 0, row.Length);
        var text = new ArrayBufferWriter<byte>();
        for (int column = 0; column < values.Length; column++)
        {
            ValueText.WriteText(values[column], row, Table.Columns[column].Type, text);
        }
    }

    private static void AssertTexts(Datum[] values, byte[] source) => Assert.All(
        Texts,
        (expected, column) =>
        {
            if (expected.Length > 0)
            {
                var text = new ArrayBufferWriter<byte>();
                ValueText.WriteText(values[column], source, Table.Columns[column].Type, text);
                Assert.Equal(expected, values[column].IsNull ? "NULL" : Encoding.UTF8.GetString(text.WrittenSpan));
            }
        });

    private delegate void Decoding(ReadOnlySpan<byte> source, int offset, int length, Span<Datum> values);

    private static Datum[] Decode(Func<RowDecoder, Decoding> how, byte[] source, int offset, int length)
    {
        var values = new Datum[Table.Columns.Count];
        how(new RowDecoder(Table))(source, offset, length, values);
        return values;
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static ColumnInfo Column(long id, ColumnType type, ColumnFlags flags) => new()
    {
        Id = id,
        Name = $"c{id}",
        Offset = (int)id - 1,
        State = SchemaState.Public,
        Type = new FieldType { Tp = type, Flag = flags, Length = -1, Decimals = -1 },
    };
}
