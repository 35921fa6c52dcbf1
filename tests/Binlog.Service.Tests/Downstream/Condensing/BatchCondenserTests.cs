using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;
using Binlog.Service.Tests.Downstream.MySql;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Schema;
using static Binlog.Service.Tests.Downstream.MySql.Tables;

namespace Binlog.Service.Tests.Downstream.Condensing;

public sealed class BatchCondenserTests
{
    private static readonly TableSchema Keyed = Table("d", "t", Id(), Column(2, "v"));
    private static readonly TableSchema Other = Schema("d", Info("o", Id(), Column(2, "v")) with { Id = 101 });
    private static readonly TableSchema Unique = Schema("d", Info("u", Id(), Column(2, "u"), Column(3, "v")) with { Id = 102, Indexes = [Index(1, "u", true, "u")] });

    [Fact]
    public void Condense_InsertThenUpdates_IsOneInsertOfTheLastValues() =>
        Assert.Equal(["+1,4"], Condensed(Batch().Insert(Keyed, 1, 2).Update(Keyed, [1, 2], [1, 3]).Update(Keyed, [1, 3], [1, 4])));

    [Fact]
    public void Condense_RowThatComesAndGoes_IsNothing() =>
        Assert.Equal(["+2,0"], Condensed(Batch().Insert(Keyed, 1, 2).Insert(Keyed, 2, 0).Delete(Keyed, 1, 2)));

    [Fact]
    public void Condense_UpdatesOfOneRow_AreOneFromTheFirstToTheLast() =>
        Assert.Equal(["1,2>1,4"], Condensed(Batch().Update(Keyed, [1, 2], [1, 3]).Update(Keyed, [1, 3], [1, 4])));

    [Fact]
    public void Condense_DeleteThenInsertUnderOneKey_IsAnUpdate() =>
        Assert.Equal(["1,2>1,9"], Condensed(Batch().Delete(Keyed, 1, 2).Insert(Keyed, 1, 9)));

    [Fact]
    public void Condense_KindsOfOneTable_AreDeletesThenUpdatesThenInserts() =>
        Assert.Equal(
            ["-3,0", "2,0>2,1", "+1,0"],
            Condensed(Batch().Insert(Keyed, 1, 0).Update(Keyed, [2, 0], [2, 1]).Delete(Keyed, 3, 0)));

    [Fact]
    public void Condense_KeyThatChanges_IsADeleteAndAnInsert() =>
        Assert.Equal(["-1,2", "+5,2"], Condensed(Batch().Update(Keyed, [1, 2], [4, 2]).Update(Keyed, [4, 2], [5, 2])));

    [Fact]
    public void Condense_KeyThatReturns_IsAnUpdate() =>
        Assert.Equal(["1,2>1,7"], Condensed(Batch().Update(Keyed, [1, 2], [4, 2]).Update(Keyed, [4, 2], [1, 7])));

    [Fact]
    public void Condense_KeysSwappedByAThird_AreFreedBeforeTheyAreTaken() =>
        Assert.Equal(
            ["-1,10", "-2,20", "+2,10", "+1,20"],
            Condensed(Batch().Update(Keyed, [1, 10], [9, 10]).Update(Keyed, [2, 20], [1, 20]).Update(Keyed, [9, 10], [2, 10])));

    [Fact]
    public void Condense_KeyOfADeletedRowTaken_DeletesIt() =>
        Assert.Equal(["-2,20", "-1,10", "+2,10"], Condensed(Batch().Delete(Keyed, 2, 20).Update(Keyed, [1, 10], [2, 10])));

    [Fact]
    public void Condense_RowThatTookAKeyAndWent_LeavesTheKeyFree() =>
        Assert.Equal(
            ["-2,20", "-1,10", "+2,30"],
            Condensed(Batch().Delete(Keyed, 2, 20).Update(Keyed, [1, 10], [2, 10]).Delete(Keyed, 2, 10).Insert(Keyed, 2, 30)));

    [Fact]
    public void Condense_SecondUniqueKeyThatChanges_IsADeleteAndAnInsert() =>
        Assert.Equal(
            ["-1,7,0", "-2,8,0", "+1,8,0", "+2,7,0"],
            Condensed(Batch().Update(Unique, [1, 7, 0], [1, 8, 0]).Update(Unique, [2, 8, 0], [2, 7, 0])));

    [Fact]
    public void Condense_Tables_StandTogetherInTheOrderOfTheirFirstRow() =>
        Assert.Equal(["d.t +1,0", "d.t +2,0", "d.o +1,0"], Condensed(Batch().Insert(Keyed, 1, 0).Insert(Other, 1, 0).Insert(Keyed, 2, 0), row => $"{row.Table.SchemaName}.{row.Table.TableName} "));

    [Fact]
    public void Condense_TableWithoutKey_KeepsItsChangesInTheirOrder()
    {
        TableSchema table = Schema("d", Info("n", Column(1, "a"), Column(2, "b")) with { Indexes = [Index(1, "a", true, "a")] });

        Assert.Equal(
            ["+1,1", "1,1>1,2", "-1,2"],
            Condensed(Batch().Insert(table, 1, 1).Update(table, [1, 1], [1, 2]).Delete(table, 1, 2)));
    }

    [Fact]
    public void Condense_DefinitionChangesWithinTheBatch_KeepsTheOrder()
    {
        TableSchema wider = Schema("d", Info("t", Id(), Column(2, "v"), Column(3, "w")));

        Assert.Equal(["+1,1", "1,1,0>1,2,0"], Condensed(Batch().Insert(Keyed, 1, 1).Update(wider, [1, 1, 0], [1, 2, 0])));
    }

    [Fact]
    public void Condense_KeyOverAPrefix_ChangesWithItsColumn()
    {
        TableSchema table = Schema("d", Info("p", Id(), Column(2, "v"), Column(3, "w")) with
        {
            Indexes = [new IndexInfo { Id = 1, Name = "p", IsUnique = true, State = SchemaState.Public, Columns = [new IndexColumn { Name = "v", Length = 3 }] }],
        });

        Assert.Equal(["-1,1,0", "+1,2,1"], Condensed(Batch().Update(table, [1, 1, 0], [1, 2, 0]).Update(table, [1, 2, 0], [1, 2, 1])));
        Assert.Equal(["1,1,0>1,1,5"], Condensed(Batch().Update(table, [1, 1, 0], [1, 1, 1]).Update(table, [1, 1, 1], [1, 1, 5])));
    }

    [Fact]
    public void Condense_KeyOverAnExpression_MayChangeWithAnything()
    {
        TableSchema table = Schema("d", Info("x", Id(), Column(2, "v"), Column(3, "h") with { Hidden = true, GeneratedExpression = "lower(v)" }) with { Indexes = [Index(1, "h", true, "h")] });

        Assert.Equal(["-1,1", "+1,2"], Condensed(Batch().Insert(Other, 1, 1).Update(table, [1, 1], [1, 2])).Where(row => !row.StartsWith("+1,1", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Condense_ChangesThatContradict_AreKeptForTheTargetToRefuse(bool isInsert)
    {
        ChangeBatch batch = Batch().Insert(Other, 5, 5).Insert(Keyed, 1, 1);
        batch = isInsert ? batch.Insert(Keyed, 1, 2) : batch.Delete(Keyed, 1, 1).Delete(Keyed, 1, 1);

        Assert.Equal(isInsert ? ["+5,5", "+1,1", "+1,2"] : ["+5,5", "+1,1", "-1,1", "-1,1"], Condensed(batch));
        Assert.Equal([true, false], batch.Rows.ToArray().Select(row => row.IsOnly).Distinct());
    }

    [Fact]
    public void Condense_KeyValueThatIsNotThere_KeepsTheOrder() =>
        Assert.Equal(["-∅,1", "+1,1"], Condensed(Batch().Delete(Keyed, Datum.Missing, 1).Insert(Keyed, 1, 1)));

    [Fact]
    public void Condense_NumberKeyWithScale_IsNoIdentity()
    {
        TableSchema table = Table("d", "n", Column(1, "k", Type(ColumnType.NewDecimal, 10, ColumnFlags.NotNull | ColumnFlags.PrimaryKey, decimals: 2)));

        Assert.True(table.Identity.IsDefaultOrEmpty);
    }

    [Fact]
    public void Condense_ManyRows_AllocatesNothingPerRow()
    {
        var condenser = new BatchCondenser();
        ChangeBatch first = Many();
        ChangeBatch second = Many();
        condenser.Condense(first);
        long before = GC.GetAllocatedBytesForCurrentThread();

        condenser.Condense(second);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000);
    }

    private static ChangeBatch Many()
    {
        ChangeBatch batch = Batch();
        for (int id = 0; id < 3000; id++)
        {
            batch.Insert(Keyed, id, id).Update(Keyed, [id, id], [id, -id]);
        }

        return batch;
    }

    private static ChangeBatch Batch() => new();

    private static List<string> Condensed(ChangeBatch batch, Func<RowChange, string>? prefix = null)
    {
        new BatchCondenser().Condense(batch);
        return [.. batch.Rows.ToArray().Select(row => prefix?.Invoke(row) + Text(batch, row))];
    }

    private static string Text(ChangeBatch batch, RowChange row) => row.Kind switch
    {
        RowChangeKind.Insert => $"+{Text(batch.New(row))}",
        RowChangeKind.Delete => $"-{Text(batch.Old(row))}",
        _ => $"{Text(batch.Old(row))}>{Text(batch.New(row))}",
    };

    private static string Text(ReadOnlySpan<Datum> values) => string.Join(',', values.ToArray().Select(value => value.IsMissing || value.IsNull ? "∅" : $"{value.AsInt64}"));
}
