using System.Text;
using Binlog.Service.Commands.Bench;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Records;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Tests.Commands.Bench;

public sealed class RowMixSourceTests
{
    private const int Transactions = 2000;

    private readonly RowDecoder _decoder = new(DdlJob.Parse(Encoding.UTF8.GetBytes(BenchTable.TableJob(10))).Binlog.TableInfo!);

    [Fact]
    public void Prewrite_ManyTransactions_AreAHistoryOfOneTable()
    {
        var source = new RowMixSource(3, 64);
        var table = new Dictionary<string, string>();
        var kinds = new Dictionary<MutationType, int>();
        long bytes = 0;

        for (ulong transaction = 1; transaction <= Transactions; transaction++)
        {
            byte[] prewrite = source.Prewrite(transaction).ToArray();
            bytes += prewrite.Length + OutcomeTemplate.Of(prewrite, transaction).Commit(transaction + 1).Length;
            MutationType kind = Replay(prewrite, table);
            kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
        }

        Assert.Equal(table.Count, source.Rows);
        Assert.Equal(bytes, source.Bytes);
        Assert.InRange(kinds[MutationType.Insert], Transactions * 0.45, Transactions * 0.55);
        Assert.InRange(kinds[MutationType.Update], Transactions * 0.35, Transactions * 0.45);
        Assert.InRange(kinds[MutationType.DeleteRow], Transactions * 0.07, Transactions * 0.13);
    }

    [Fact]
    public void Prewrite_TwoWriters_ShareNoRow()
    {
        var first = new Dictionary<string, string>();
        var second = new Dictionary<string, string>();
        var one = new RowMixSource(0, 2);
        var other = new RowMixSource(1, 2);

        for (ulong transaction = 1; transaction <= 300; transaction++)
        {
            Replay(one.Prewrite(transaction).ToArray(), first);
            Replay(other.Prewrite(transaction).ToArray(), second);
        }

        Assert.NotEmpty(first);
        Assert.NotEmpty(second);
        Assert.Empty(first.Keys.Intersect(second.Keys));
    }

    [Fact]
    public void Prewrite_SeveralRows_AreAllInserts()
    {
        var source = new RowMixSource(0, 2, rows: 10);

        for (ulong transaction = 1; transaction <= 20; transaction++)
        {
            byte[] prewrite = source.Prewrite(transaction).ToArray();
            var reader = new PrewriteValueReader(prewrite, BinlogHeader.Parse(prewrite).PrewriteValue);
            Assert.True(reader.TryReadTable(out TableMutationReader mutations));
            int inserts = 0;
            while (mutations.TryReadNext(out RowMutation mutation))
            {
                inserts += mutation.Kind == MutationType.Insert ? 1 : 0;
            }

            Assert.Equal((10, 10), (inserts, mutations.RowCount));
        }

        Assert.Equal(200, source.Rows);
    }

    /// <summary>Applies the transaction's one row; fails where its old row is not what the table holds.</summary>
    private MutationType Replay(byte[] prewrite, Dictionary<string, string> table)
    {
        ByteRange value = BinlogHeader.Parse(prewrite).PrewriteValue;
        var reader = new PrewriteValueReader(prewrite, value);
        Assert.True(reader.TryReadTable(out TableMutationReader mutations));
        Assert.Equal(BenchTable.TableId, mutations.TableId);
        Assert.True(mutations.TryReadNext(out RowMutation mutation));
        var old = new Datum[_decoder.ColumnCount];
        var values = new Datum[_decoder.ColumnCount];
        switch (mutation.Kind)
        {
            case MutationType.Insert:
                _decoder.DecodeInsert(prewrite, mutation.Offset, mutation.Length, values);
                table.Add(Id(values), Text(values, prewrite));
                break;
            case MutationType.Update:
                _decoder.DecodeUpdate(prewrite, mutation.Offset, mutation.Length, old, values);
                Assert.Equal(table[Id(old)], Text(old, prewrite));
                Assert.Equal(Id(old), Id(values));
                Assert.NotEqual(Text(old, prewrite), Text(values, prewrite));
                table[Id(values)] = Text(values, prewrite);
                break;
            default:
                _decoder.DecodeDelete(prewrite, mutation.Offset, mutation.Length, old);
                Assert.Equal(table[Id(old)], Text(old, prewrite));
                table.Remove(Id(old));
                break;
        }

        Assert.False(mutations.TryReadNext(out _));
        return mutation.Kind;
    }

    private static string Id(Datum[] row) => row[0].AsInt64.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Text(Datum[] row, byte[] source)
    {
        Assert.DoesNotContain(row, value => value.IsMissing);
        Assert.Equal((BenchTable.TextBytes, BenchTable.PadBytes), (row[2].PayloadOf(source).Length, row[3].PayloadOf(source).Length));
        return $"{row[1].AsInt64} {Encoding.UTF8.GetString(row[2].PayloadOf(source))} {Encoding.UTF8.GetString(row[3].PayloadOf(source))}";
    }
}
