using System.Buffers;
using System.Text;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Keys;
using Binlog.TiDB.Records;
using Binlog.TiDB.Schema;
using Binlog.TiDB.Tests.Codec;

namespace Binlog.TiDB.Tests.Malformed;

/// <summary>Every parser of the library that takes bytes from outside, with valid samples for it.</summary>
public static class Parsers
{
    private static readonly RowDecoder ManyTypes = DecoderOf("rows_many_types.json");
    private static readonly RowDecoder IntegerHandle = DecoderOf("rows_pk_is_handle.json");
    private static readonly RowDecoder CommonHandle = new(CommonHandleTests.Table);

    public static IReadOnlyDictionary<string, Action<byte[]>> All { get; } = new Dictionary<string, Action<byte[]>>
    {
        ["datums"] = bytes =>
        {
            var reader = new DatumReader(bytes);
            while (!reader.End)
            {
                Print(reader.Read(), bytes);
            }
        },
        ["insert, many types"] = bytes => Insert(ManyTypes, bytes),
        ["update, many types"] = bytes => Update(ManyTypes, bytes),
        ["delete, many types"] = bytes => Delete(ManyTypes, bytes),
        ["insert, integer handle"] = bytes => Insert(IntegerHandle, bytes),
        ["insert, common handle"] = bytes => Insert(CommonHandle, bytes),
        ["binlog"] = bytes => Walk(bytes, BinlogHeader.Parse(bytes).PrewriteValue),
        ["prewrite value"] = bytes => Walk(bytes, new ByteRange(0, bytes.Length)),
        ["join"] = bytes => BinlogWriter.WriteJoined(new ArrayBufferWriter<byte>(), bytes, bytes),
        ["DDL job"] = bytes => DdlJob.Parse(bytes),
        ["TableInfo"] = bytes => UseTable(TableInfo.Parse(bytes)),
        ["DBInfo"] = bytes => DbInfo.Parse(bytes),
        ["JSON document"] = bytes => BinaryJson.WriteText(bytes, new ArrayBufferWriter<byte>()),
        ["JSON text"] = bytes => BinaryJson.Encode(bytes, new ArrayBufferWriter<byte>()),
        ["decimal"] = bytes => BinaryDecimal.WriteText(bytes, new ArrayBufferWriter<byte>()),
        ["decimal text"] = bytes => BinaryDecimal.Encode(bytes, 20, 5, new ArrayBufferWriter<byte>()),
        ["time text"] = bytes => PackedTime.Parse(bytes),
        ["duration text"] = bytes => TimeSpanText.Parse(bytes),
        ["meta key"] = bytes => MetaKey.Parse(bytes),
        ["row key"] = bytes => TableKey.ReadRowKey(bytes),
    };

    public static IReadOnlyDictionary<string, List<byte[]>> Samples { get; } = new Dictionary<string, List<byte[]>>
    {
        ["datums"] = [.. TypeValues().Chunk(8).Select(chunk => chunk.SelectMany(value => value).ToArray()).Where(value => value.Length < 4000)],
        ["insert, many types"] = Rows("rows_many_types.json", "inserted_rows_hex"),
        ["update, many types"] = Rows("rows_many_types.json", "updated_rows_hex"),
        ["delete, many types"] = Rows("rows_many_types.json", "deleted_rows_hex"),
        ["insert, integer handle"] = Rows("rows_pk_is_handle.json", "inserted_rows_hex"),
        ["insert, common handle"] = [CommonHandleTests.InsertedRow()],
        ["binlog"] = Events("rows_pk_is_handle.json", "prewrite_binlog_hex"),
        ["prewrite value"] = Events("rows_multi_table_txn.json", "prewrite_value_hex"),
        ["join"] = Events("rows_only_pk.json", "prewrite_binlog_hex"),
        ["DDL job"] = [.. TestData.ReadVectorLines("ddl_history_jobs.jsonl").Skip(20).Take(3).Select(Encoding.UTF8.GetBytes)],
        ["TableInfo"] = [Encoding.UTF8.GetBytes(
            """{"id":1,"name":{"O":"T","L":"t"},"cols":[{"id":1,"name":"c","type":{"Tp":3,"Flag":3,"Flen":11,"Elems":["a"]},"state":5,"default":"1"}],"pk_is_handle":true}""")],
        ["DBInfo"] = ["""{"id":1,"db_name":{"O":"test","L":"test"},"charset":"utf8","collate":"utf8_bin","state":5}"""u8.ToArray()],
        ["JSON document"] = JsonDocuments(),
        ["JSON text"] = ["""{"a": [1, -2.5e3, "x\u00e9\n", null, true, {"b": {}}], "c": 18446744073709551615}"""u8.ToArray()],
        ["decimal"] = [[14, 4, 0x81, 0x0d, 0xfb, 0x38, 0xd2, 0x04, 0xd2], [14, 4, 0x7e, 0xf2, 0x04, 0xc7, 0x2d, 0xfb, 0x2d]],
        ["decimal text"] = ["-1234567.89012"u8.ToArray()],
        ["time text"] = ["2019-02-18 18:08:43.123456"u8.ToArray()],
        ["duration text"] = ["-838:59:59.000001"u8.ToArray()],
        ["meta key"] = [MetaKey.ForDdlJob(42), MetaKey.ForListElement("DDLJobList", 3)],
        ["row key"] = [Convert.FromHexString("74800000000000002d5f728000000000000001")],
    };

    private static void Insert(RowDecoder decoder, byte[] bytes)
    {
        var values = new Datum[decoder.ColumnCount];
        decoder.DecodeInsert(bytes, 0, bytes.Length, values);
        Print(decoder, values, bytes);
    }

    private static void Delete(RowDecoder decoder, byte[] bytes)
    {
        var values = new Datum[decoder.ColumnCount];
        decoder.DecodeDelete(bytes, 0, bytes.Length, values);
        Print(decoder, values, bytes);
    }

    private static void Update(RowDecoder decoder, byte[] bytes)
    {
        var (oldValues, newValues) = (new Datum[decoder.ColumnCount], new Datum[decoder.ColumnCount]);
        decoder.DecodeUpdate(bytes, 0, bytes.Length, oldValues, newValues);
        Print(decoder, oldValues, bytes);
        Print(decoder, newValues, bytes);
    }

    private static void Print(RowDecoder decoder, Datum[] values, byte[] bytes)
    {
        var writer = new ArrayBufferWriter<byte>();
        for (var index = 0; index < values.Length; index++)
        {
            ValueText.WriteText(values[index], bytes, decoder.Columns[index].Type, writer);
        }
    }

    private static void Print(in Datum value, byte[] bytes)
    {
        var type = value.Kind switch
        {
            DatumKind.Double => ColumnType.Double,
            DatumKind.UInt64 => ColumnType.DateTime,
            DatumKind.Int64 => ColumnType.Time,
            _ => ColumnType.Blob,
        };
        ValueText.WriteText(value, bytes, new FieldType { Tp = type, Decimals = 6 }, new ArrayBufferWriter<byte>());
    }

    private static void Walk(byte[] bytes, ByteRange value)
    {
        var reader = new PrewriteValueReader(bytes, value);
        while (reader.TryReadTable(out var table))
        {
            var rows = 0;
            while (table.TryReadNext(out var mutation))
            {
                Assert.True(bytes.AsSpan(mutation.Offset, mutation.Length).Length >= 0);
                rows++;
            }

            Assert.Equal(table.RowCount, rows);
        }
    }

    private static void UseTable(TableInfo table)
    {
        var decoder = new RowDecoder(table);
        for (var index = 0; index < decoder.ColumnCount; index++)
        {
            Assert.False(decoder.DefaultOf(index).Value.IsMissing);
        }
    }

    private static RowDecoder DecoderOf(string file)
    {
        var (step, item) = RowVectorTests.Events(file).First(pair => pair.Item.TryGetProperty("mutations", out _));
        return new RowDecoder(RowVectorTests.TableOf(step, item.GetProperty("mutations")[0].GetProperty("table_id").GetInt64())!);
    }

    private static IEnumerable<byte[]> TypeValues() =>
        from file in TestData.VectorNames("types_").Where(name => name is not ("types_enum_set_bit.json" or "types_int.json"))
        from vector in TestData.ReadVectors(file).EnumerateArray()
        select Convert.FromHexString(vector.GetProperty("encoded_hex").GetString()!);

    private static List<byte[]> JsonDocuments() =>
    [
        .. from vector in TestData.ReadVectors("types_json.json").EnumerateArray()
           let bytes = Convert.FromHexString(vector.GetProperty("encoded_hex").GetString()!)
           where bytes.Length is > 1 and < 400
           select bytes[1..],
        [0x0d, 0xfc, 0x03, 1, 2, 3],
        [0x0f, 0, 0, 0, 0, 0x40, 0x06, 0x8c, 0x1f],
        [0x11, 0, 0xca, 0x9a, 0x3b, 0, 0, 0, 0, 6, 0, 0, 0],
    ];

    private static List<byte[]> Rows(string file, string field) =>
    [
        .. from pair in RowVectorTests.Events(file)
           where pair.Item.TryGetProperty("mutations", out _)
           from mutation in pair.Item.GetProperty("mutations").EnumerateArray()
           where mutation.TryGetProperty(field, out _)
           from row in mutation.GetProperty(field).EnumerateArray()
           select Convert.FromHexString(row.GetString()!),
    ];

    private static List<byte[]> Events(string file, string field) =>
    [
        .. from pair in RowVectorTests.Events(file)
           where pair.Item.TryGetProperty(field, out _)
           select Convert.FromHexString(pair.Item.GetProperty(field).GetString()!),
    ];
}
