using System.Buffers;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Tests.Codec;

public sealed class RowDecoderTests
{
    private static readonly TableInfo Table = new()
    {
        Id = 1, Name = "t",
        Columns =
        [
            Column(1, ColumnType.Int),
            Column(2, ColumnType.VarChar),
            Column(3, ColumnType.Int) with { State = SchemaState.WriteOnly },
            Column(4, ColumnType.Int) with { Hidden = true },
            Column(900_000, ColumnType.Year),
        ],
    };

    [Fact]
    public void Columns_NotPublicOrHidden_AreLeftOut() =>
        Assert.Equal([1L, 2L, 900_000L], new RowDecoder(Table).Columns.Select(column => column.Id));

    [Fact]
    public void DecodeDelete_UnknownIds_AreSkipped()
    {
        var row = Row(row =>
        {
            row.WriteInt64(-1, 77);
            row.WriteInt64(3, 5);
            row.WriteBytes(2, "x"u8);
            row.WriteInt64(42, 5);
            row.WriteInt64(900_000, 2019);
        });
        var values = new Datum[3];

        new RowDecoder(Table).DecodeDelete(row, 0, row.Length, values);

        Assert.True(values[0].IsMissing);
        Assert.Equal(DatumKind.Bytes, values[1].Kind);
        Assert.Equal(2019, values[2].AsInt64);
    }

    [Fact]
    public void DecodeInsert_RowInsideABuffer_GivesOffsetsFromItsStart()
    {
        byte[] buffer = [9, 9, 9, .. Row(row => row.WriteBytes(2, "abc"u8), handle: 1), 9, 9];
        var values = new Datum[3];

        new RowDecoder(Table).DecodeInsert(buffer, 3, buffer.Length - 5, values);

        Assert.Equal("abc"u8.ToArray(), values[1].PayloadOf(buffer).ToArray());
    }

    [Fact]
    public void DecodeInsert_MarkOfAnEmptyRow_LeavesAllMissing()
    {
        byte[] row = [8, 2, 0];
        var values = new Datum[3];
        values[0] = Datum.FromInt64(99);

        new RowDecoder(Table).DecodeInsert(row, 0, row.Length, values);

        Assert.All(values, value => Assert.True(value.IsMissing));
    }

    [Fact]
    public void DecodeInsert_ColumnsAfterTheEmptyMark_Refuses()
    {
        byte[] row = [8, 2, 0, 8, 2, 8, 2];

        Refused(decoder => decoder.DecodeInsert(row, 0, row.Length, new Datum[3]));
    }

    [Fact]
    public void DecodeInsert_ColumnTwice_Refuses()
    {
        var row = Row(row =>
        {
            row.WriteInt64(1, 1);
            row.WriteInt64(1, 2);
        }, handle: 1);

        Refused(decoder => decoder.DecodeInsert(row, 0, row.Length, new Datum[3]));
    }

    [Fact]
    public void DecodeInsert_ValueOfAnotherType_Refuses()
    {
        var row = Row(row => row.WriteBytes(1, "1"u8), handle: 1);

        var exception = Refused(decoder => decoder.DecodeInsert(row, 0, row.Length, new Datum[3]));
        Assert.Contains("column c1", exception.What, StringComparison.Ordinal);
        Assert.Equal(4, exception.Offset);
    }

    [Fact]
    public void DecodeUpdate_ColumnOnlyOnce_Refuses()
    {
        var row = Row(row =>
        {
            row.WriteInt64(1, 1);
            row.WriteBytes(2, "old"u8);
            row.WriteInt64(1, 2);
        });

        Refused(decoder => decoder.DecodeUpdate(row, 0, row.Length, new Datum[3], new Datum[3]));
    }

    [Fact]
    public void DecodeUpdate_TwoRows_GivesOldAndNew()
    {
        byte[] row = [.. Row(row => row.WriteInt64(1, 1)), .. Row(row => row.WriteNull(1))];
        var (oldValues, newValues) = (new Datum[3], new Datum[3]);

        new RowDecoder(Table).DecodeUpdate(row, 0, row.Length, oldValues, newValues);

        Assert.Equal(1, oldValues[0].AsInt64);
        Assert.True(newValues[0].IsNull);
    }

    [Fact]
    public void DecodeUpdate_TwoEmptyRows_LeavesAllMissing()
    {
        var values = new Datum[3];

        new RowDecoder(Table).DecodeUpdate([0, 0], 0, 2, values, values);

        Assert.All(values, value => Assert.True(value.IsMissing));
    }

    [Fact]
    public void Decode_WarmDecoder_AllocatesNothing()
    {
        var decoder = new RowDecoder(Table);
        var row = Row(row =>
        {
            row.WriteInt64(1, 1);
            row.WriteBytes(2, "value"u8);
        }, handle: 1);
        var values = new Datum[3];
        decoder.DecodeInsert(row, 0, row.Length, values);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1000; round++)
        {
            decoder.DecodeInsert(row, 0, row.Length, values);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void DefaultOf_AddedColumn_ComesFromThePreviousTable()
    {
        var previous = Table with { Columns = [Table.Columns[0] with { OriginDefault = "5" }] };

        Assert.Equal(5, new RowDecoder(Table, previous).DefaultOf(0).Value.AsInt64);
        Assert.True(new RowDecoder(Table).DefaultOf(0).Value.IsNull);
    }

    private static TiDBFormatException Refused(Action<RowDecoder> decode) =>
        Assert.Throws<TiDBFormatException>(() => decode(new RowDecoder(Table)));

    private static byte[] Row(Action<RowSink> write, long? handle = null)
    {
        var writer = new ArrayBufferWriter<byte>();
        var sink = new RowSink(writer);
        if (handle is { } value)
        {
            DatumWriter.WriteInt64(writer, value);
        }

        write(sink);
        sink.Complete();
        return writer.WrittenSpan.ToArray();
    }

    private static ColumnInfo Column(long id, ColumnType type) => new()
    {
        Id = id, Name = $"c{id}", State = SchemaState.Public, Type = new FieldType { Tp = type },
    };

    /// <summary>Lets lambdas share the mutable writer.</summary>
    private sealed class RowSink(IBufferWriter<byte> writer)
    {
        private RowWriter _row = new(writer);

        public void WriteNull(long id) => _row.WriteNull(id);

        public void WriteInt64(long id, long value) => _row.WriteInt64(id, value);

        public void WriteBytes(long id, ReadOnlySpan<byte> value) => _row.WriteBytes(id, value);

        public void Complete() => _row.Complete();
    }
}
