using System.Buffers;
using Binlog.TiDB.Records;
using Binlog.TiDB.Tests.Codec;

namespace Binlog.TiDB.Tests.Records;

public sealed class BinlogWriterTests
{
    public static TheoryData<string> Files => [.. TestData.VectorNames("rows_")];

    [Theory]
    [MemberData(nameof(Files))]
    public void Write_FieldsOfAGoldenBinlog_GivesItsBytes(string file)
    {
        foreach (var (_, item) in RowVectorTests.Events(file))
        {
            foreach (var name in new[] { "prewrite_binlog_hex", "commit_binlog_hex" })
            {
                var golden = Convert.FromHexString(item.GetProperty(name).GetString()!);

                Assert.Equal(Convert.ToHexStringLower(golden), Convert.ToHexStringLower(Rewrite(golden)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void WriteTo_RowsOfAGoldenValue_GivesItsBytes(string file)
    {
        var writer = new PrewriteValueWriter(0);
        foreach (var (_, item) in RowVectorTests.Events(file))
        {
            if (!item.TryGetProperty("prewrite_value_hex", out var hex))
            {
                continue;
            }

            var target = new ArrayBufferWriter<byte>();
            Copy(Convert.FromHexString(hex.GetString()!), writer);
            writer.WriteTo(target);

            Assert.Equal(hex.GetString(), Convert.ToHexStringLower(target.WrittenSpan));
        }
    }

    [Fact]
    public void WriteJoined_PrewriteAndCommit_GivesCommitWithRows()
    {
        var prewrite = Written(writer => BinlogWriter.WritePrewrite(writer, 10, "key"u8, "value"u8));
        var commit = Written(writer => BinlogWriter.WriteCommit(writer, 10, 12, "key"u8));

        var joined = Written(writer => BinlogWriter.WriteJoined(writer, prewrite, commit));

        var header = BinlogHeader.Parse(joined);
        Assert.Equal((BinlogType.Commit, 10UL, 12UL), (header.Type, header.StartTs, header.CommitTs));
        Assert.Equal("value"u8.ToArray(), header.PrewriteValue.Of(joined.AsSpan()).ToArray());
        Assert.Equal(joined.Length, BinlogWriter.MeasureJoined(prewrite, commit));
    }

    [Fact]
    public void WriteJoined_Ddl_TakesJobQueryAndStateOfThePrewrite()
    {
        var prewrite = Written(writer => BinlogWriter.WriteDdlPrewrite(writer, 10, "m"u8, "drop table t"u8, 42, schemaState: 1));
        byte[] commit = [.. Written(writer => BinlogWriter.WriteCommit(writer, 10, 12, default)), 0xfa, 0x01, 2, 7, 7];

        var joined = Written(writer => BinlogWriter.WriteJoined(writer, prewrite, commit));

        var header = BinlogHeader.Parse(joined);
        Assert.Equal((BinlogType.Commit, 12UL, 42L, 1), (header.Type, header.CommitTs, header.DdlJobId, header.DdlSchemaState));
        Assert.Equal("drop table t"u8.ToArray(), header.DdlQuery.Of(joined.AsSpan()).ToArray());
        Assert.True(header.PrewriteKey.IsEmpty);
        Assert.True(joined.AsSpan().IndexOf(new byte[] { 0xfa, 0x01, 2, 7, 7 }) > 0);
    }

    [Fact]
    public void WriteFake_Tso_IsRecognised()
    {
        var fake = BinlogHeader.Parse(Written(writer => BinlogWriter.WriteFake(writer, 99)));
        var rollback = BinlogHeader.Parse(Written(writer => BinlogWriter.WriteRollback(writer, 99, "key"u8)));

        Assert.True(fake.IsFake && !fake.IsProbe);
        Assert.True(rollback is { IsFake: false, IsProbe: false, Type: BinlogType.Rollback, CommitTs: 0 });
        Assert.True(BinlogHeader.Parse([]) is { IsProbe: true, IsFake: false });
    }

    private static byte[] Written(Action<ArrayBufferWriter<byte>> write)
    {
        var writer = new ArrayBufferWriter<byte>();
        write(writer);
        return writer.WrittenSpan.ToArray();
    }

    private static byte[] Rewrite(byte[] golden)
    {
        var header = BinlogHeader.Parse(golden);
        var (key, query) = (header.PrewriteKey.Of(golden.AsSpan()).ToArray(), header.DdlQuery.Of(golden.AsSpan()).ToArray());
        var value = header.PrewriteValue.Of(golden.AsSpan()).ToArray();
        return Written(writer =>
        {
            switch (header)
            {
                case { Type: BinlogType.Prewrite, IsDdl: true }:
                    BinlogWriter.WriteDdlPrewrite(writer, header.StartTs, key, query, header.DdlJobId, header.DdlSchemaState);
                    break;
                case { Type: BinlogType.Commit, IsDdl: true }:
                    BinlogWriter.WriteDdlCommit(writer, header.StartTs, header.CommitTs, key, query, header.DdlJobId, header.DdlSchemaState);
                    break;
                case { Type: BinlogType.Prewrite }:
                    BinlogWriter.WritePrewrite(writer, header.StartTs, key, value);
                    break;
                default:
                    BinlogWriter.WriteCommit(writer, header.StartTs, header.CommitTs, key);
                    break;
            }
        });
    }

    private static void Copy(byte[] source, PrewriteValueWriter writer)
    {
        var reader = new PrewriteValueReader(source);
        writer.Reset(reader.SchemaVersion);
        while (reader.TryReadTable(out var table))
        {
            writer.BeginTable(table.TableId);
            while (table.TryReadNext(out var mutation))
            {
                var row = source.AsSpan(mutation.Offset, mutation.Length);
                switch (mutation.Kind)
                {
                    case MutationType.Insert:
                        writer.AddInsert(row);
                        break;
                    case MutationType.Update:
                        writer.AddUpdate(row[..(row.Length / 2)], row[(row.Length / 2)..]);
                        break;
                    default:
                        writer.AddDelete(row);
                        break;
                }
            }
        }
    }
}
