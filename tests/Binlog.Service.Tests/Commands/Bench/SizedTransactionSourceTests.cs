using Binlog.Service.Commands.Bench;
using Binlog.Service.Drainer.Schema;
using Binlog.TiDB.Records;

namespace Binlog.Service.Tests.Commands.Bench;

public sealed class SizedTransactionSourceTests
{
    private const ulong StartTs = 470606488533991432;

    [Theory]
    [InlineData(SizedTransactionSource.MinSizeBytes)]
    [InlineData(169)]
    [InlineData(170)]
    [InlineData(297)]
    [InlineData(1024)]
    [InlineData(16_500)]
    [InlineData(1 << 20)]
    public void Transaction_AnySize_HasItInBinlogsOfOneRow(int sizeBytes)
    {
        var source = new SizedTransactionSource(sizeBytes, 64);

        byte[] prewrite = source.Prewrite(StartTs).ToArray();
        byte[] commit = source.Commit(StartTs, StartTs + 1).ToArray();

        Assert.InRange(prewrite.Length + commit.Length, sizeBytes - 3, sizeBytes);
        Assert.Equal(source.SizeBytes, prewrite.Length + commit.Length);
        BinlogHeader first = BinlogHeader.Parse(prewrite);
        BinlogHeader second = BinlogHeader.Parse(commit);
        Assert.Equal((BinlogType.Prewrite, StartTs, 0UL), (first.Type, first.StartTs, first.CommitTs));
        Assert.Equal((BinlogType.Commit, StartTs, StartTs + 1), (second.Type, second.StartTs, second.CommitTs));
        Assert.True(first.PrewriteKey.Of(prewrite).SequenceEqual(second.PrewriteKey.Of(commit)));
        Assert.Equal([(SystemSchemas.MaxUserTableId + 1, MutationType.Insert)], Rows(first.PrewriteValue.Of(prewrite)));
    }

    [Fact]
    public void Table_Always_IsOneThatDrainersLeaveOut() =>
        Assert.True(new SchemaTracker().IsSystem(SystemSchemas.MaxUserTableId + 1));

    private static List<(long Table, MutationType Kind)> Rows(ReadOnlySpan<byte> value)
    {
        var rows = new List<(long Table, MutationType Kind)>();
        var reader = new PrewriteValueReader(value);
        while (reader.TryReadTable(out TableMutationReader table))
        {
            while (table.TryReadNext(out RowMutation row))
            {
                rows.Add((table.TableId, row.Kind));
            }
        }

        return rows;
    }
}
