using System.Buffers;
using System.Text;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Tests.Codec;

/// <summary>Clustered tables, which no golden file has: the handle carries the primary key, a pair wins over it, a prefix comes from its pair.</summary>
public sealed class CommonHandleTests
{
    internal static TableInfo Table { get; } = new()
    {
        Id = 7,
        Name = "clustered",
        IsCommonHandle = true,
        Columns =
        [
            Column(1, 0, ColumnType.VarChar, ColumnFlags.NotNull | ColumnFlags.PrimaryKey, "utf8mb4"),
            Column(2, 1, ColumnType.Int, ColumnFlags.None),
            Column(3, 2, ColumnType.BigInt, ColumnFlags.NotNull | ColumnFlags.PrimaryKey | ColumnFlags.Unsigned),
            Column(4, 3, ColumnType.Blob, ColumnFlags.NotNull | ColumnFlags.PrimaryKey, "binary"),
            Column(5, 4, ColumnType.Time, ColumnFlags.NotNull | ColumnFlags.PrimaryKey),
        ],
        Indexes =
        [
            new IndexInfo
            {
                Id = 1, Name = "PRIMARY", IsPrimary = true, IsUnique = true, State = SchemaState.Public,
                Columns = [Part("c3", 2, -1), Part("c1", 0, -1), Part("c4", 3, 2), Part("c5", 4, -1)],
            },
        ],
    };

    [Fact]
    public void DecodeInsert_KeyInHandleOnly_FillsKeyColumns()
    {
        var row = InsertedRow();
        var values = new Datum[5];

        new RowDecoder(Table).DecodeInsert(row, 0, row.Length, values);

        Assert.Equal("key", Encoding.UTF8.GetString(values[0].PayloadOf(row)));
        Assert.True(values[1].IsNull);
        Assert.Equal((DatumKind.UInt64, ulong.MaxValue), (values[2].Kind, values[2].AsUInt64));
        Assert.Equal("blob", Encoding.UTF8.GetString(values[3].PayloadOf(row)));
        Assert.Equal((DatumKind.Duration, 5_000_000_000L), (values[4].Kind, values[4].AsInt64));
    }

    [Fact]
    public void DecodeInsert_KeyAlsoAsPair_TakesThePair()
    {
        var row = InsertedRow(withPair: true);
        var values = new Datum[5];

        new RowDecoder(Table).DecodeInsert(row, 0, row.Length, values);

        Assert.Equal("Real Key", Encoding.UTF8.GetString(values[0].PayloadOf(row)));
    }

    [Fact]
    public void Constructor_NoPrimaryIndex_Refuses() =>
        Assert.Throws<TiDBFormatException>(() => new RowDecoder(Table with { Indexes = [] }));

    internal static byte[] InsertedRow(bool withPair = false)
    {
        var writer = new ArrayBufferWriter<byte>();
        DatumWriter.WriteUInt64(writer, ulong.MaxValue);
        DatumWriter.WriteText(writer, "key");
        DatumWriter.WriteText(writer, "bl");
        DatumWriter.WriteDuration(writer, 5_000_000_000);
        var row = new RowWriter(writer);
        if (withPair)
        {
            row.WriteBytes(1, "Real Key"u8);
        }

        row.WriteNull(2);
        row.WriteBytes(4, "blob"u8);
        row.Complete();
        return writer.WrittenSpan.ToArray();
    }

    private static ColumnInfo Column(long id, int offset, ColumnType type, ColumnFlags flags, string charset = "binary") => new()
    {
        Id = id, Name = $"c{id}", Offset = offset, State = SchemaState.Public, Type = new FieldType { Tp = type, Flag = flags, Charset = charset },
    };

    private static IndexColumn Part(string name, int offset, int length) => new() { Name = name, Offset = offset, Length = length };
}
