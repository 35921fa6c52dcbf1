using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;
using Binlog.Service.Drainer.Applying.Eventual;
using Binlog.Service.Tests.Downstream.MySql;
using Binlog.TiDB.Schema;
using static Binlog.Service.Tests.Downstream.MySql.Tables;

namespace Binlog.Service.Tests.Drainer.Applying.Eventual;

public sealed class GroupDividerTests
{
    private const int Workers = 8;

    private static readonly TableSchema OneKey = Table("d", "one", Id(), Column(2, "v"));
    private static readonly TableSchema TwoKeys = Tables.Schema("d", Info("two", Id(), Column(2, "u"), Column(3, "v")) with { Id = 200, Indexes = [Index(1, "u", true, "u")] });
    private static readonly TableSchema NoKey = Tables.Schema("d", Info("none", Column(1, "a"), Column(2, "b")) with { Id = 300 });
    private static readonly TableSchema NullableKey = Tables.Schema("d", Info("nullable", Column(1, "a"), Column(2, "b")) with { Id = 400, Indexes = [Index(1, "a", true, "a")] });
    private static readonly TableSchema PrefixKey = Tables.Schema("d", Info("prefix", Id(), Column(2, "s", VarChar(40))) with
    {
        Id = 500,
        Indexes = [Index(1, "s", true, "s") with { Columns = [new IndexColumn { Name = "s", Length = 3 }] }],
    });

    private readonly GroupDivider _divider = new();

    [Fact]
    public void Divide_OneUniqueKey_RowsAreSpreadAndEachKeepsItsWorker()
    {
        ChangeBatch first = Inserts(OneKey, 1000);
        ChangeBatch second = new();
        for (int row = 0; row < 1000; row++)
        {
            second.Update(OneKey, [row, 0], [row, 1]);
        }

        Dictionary<long, int> before = Divide(first, 1);
        Dictionary<long, int> after = Divide(second, 2);

        Assert.Equal(before, after);
        Assert.Equal(Workers, before.Values.Distinct().Count());
    }

    [Fact]
    public void Divide_RowsThatHandOnAKey_GoToOneWorkerInOrder()
    {
        for (int start = 0; start < 200; start += 10)
        {
            ChangeBatch swap = new ChangeBatch().Update(TwoKeys, [start, 5, 0], [start, 6, 0]).Update(TwoKeys, [start + 1, 6, 0], [start + 1, 5, 0]);
            new BatchCondenser().Condense(swap);

            Assert.Equal(Division.Divided, _divider.Divide(swap, Workers, 1, 0));

            int worker = Enumerable.Range(0, Workers).Single(index => _divider.RangeOf(index).Count > 0);
            Assert.Equal((0, 4), _divider.RangeOf(worker));
            Assert.Equal(
                [RowChangeKind.Delete, RowChangeKind.Delete, RowChangeKind.Insert, RowChangeKind.Insert],
                swap.Rows.ToArray().Select(row => row.Kind));
        }
    }

    /// <summary>Row 1 is under way at one worker and row 2 at another, and then a row gets a key of each.</summary>
    [Fact]
    public void Divide_RowBelongsToTwoWorkers_MeetsUntilTheyAreDone()
    {
        Dictionary<long, int> workers = Divide(Inserts(TwoKeys, 40), 1);
        long other = workers.First(row => row.Value != workers[0]).Key;
        ChangeBatch MovedKey() => Condensed(new ChangeBatch()
            .Delete(TwoKeys, (int)other, (int)other + 1000, 0).Update(TwoKeys, [0, 1000, 0], [0, (int)other + 1000, 0]));

        Assert.Equal(Division.Meets, _divider.Divide(MovedKey(), Workers, 2, durable: 0));
        Assert.Equal(Division.Divided, _divider.Divide(MovedKey(), Workers, 2, durable: 1));
    }

    [Fact]
    public void Divide_NullInAUniqueKey_MeetsNothing()
    {
        var batch = new ChangeBatch();
        for (int row = 0; row < 100; row++)
        {
            batch.Insert(TwoKeys, row, null, 0);
        }

        Assert.True(Divide(Condensed(batch), 1).Values.Distinct().Count() > 1);
    }

    [Fact]
    public void Divide_TablesWhoseRowsCannotBeToldApart_AreTheRest()
    {
        ChangeBatch batch = Condensed(new ChangeBatch()
            .Insert(NoKey, 1, 1).Insert(OneKey, 1, 1).Insert(NullableKey, 7, 1).Insert(PrefixKey, 1, "abcd").Delete(NoKey, 1, 1));

        Assert.Equal(Division.Divided, _divider.Divide(batch, Workers, 1, 0));

        (int first, int count) = _divider.RangeOf(Workers);
        Assert.Equal((1, 4), (first, count));
        Assert.Equal(["none", "none", "nullable", "prefix"], batch.Rows[first..].ToArray().Select(row => row.Table.TableName));
    }

    /// <summary>What a collation may take for one key must not be at two workers; a collation by bytes ignores spaces at the end.</summary>
    [Theory]
    [InlineData("utf8mb4_general_ci", "a", "A", true)]
    [InlineData("utf8mb4_bin", "a", "a ", true)]
    [InlineData("utf8mb4_bin", "a", "A", false)]
    public void Divide_TextKeysThatTheTargetTakesForOne_GoToOneWorker(string collation, string left, string right, bool isOne)
    {
        FieldType type = Type(ColumnType.VarChar, 100, ColumnFlags.NotNull | ColumnFlags.PrimaryKey, "utf8mb4", collation);
        TableSchema table = Tables.Schema("d", Info("text", Column(1, "k", type), Column(2, "v")) with { Indexes = [Index(1, "PRIMARY", true, "k") with { IsPrimary = true }] });
        bool areAlwaysOne = true;
        for (int number = 0; number < 30; number++)
        {
            ChangeBatch batch = Condensed(new ChangeBatch().Insert(table, $"{number}{left}", 0).Insert(table, $"{number}{right}", 0));
            Assert.Equal(Division.Divided, _divider.Divide(batch, Workers, 1, 0));
            areAlwaysOne &= Enumerable.Range(0, Workers).Any(worker => _divider.RangeOf(worker).Count == 2);
        }

        Assert.Equal(isOne, areAlwaysOne);
    }

    [Fact]
    public void Divide_ChangesThatContradictOneAnother_StayAlone()
    {
        ChangeBatch batch = Condensed(new ChangeBatch().Insert(OneKey, 1, 1).Insert(OneKey, 1, 2));

        Assert.Equal(Division.Alone, _divider.Divide(batch, Workers, 1, 0));
    }

    [Fact]
    public void Divide_OneRowThatGetsAnotherKey_StaysAloneUnlessBothHaveOneWorker()
    {
        int alone = 0;
        for (int row = 0; row < 100; row++)
        {
            ChangeBatch batch = Condensed(new ChangeBatch().Update(OneKey, [row, 0], [row + 1000, 0]));
            alone += _divider.Divide(batch, Workers, 1, 0) == Division.Alone ? 1 : 0;
        }

        Assert.InRange(alone, 50, 99);
    }

    private static ChangeBatch Inserts(TableSchema table, int rows)
    {
        var batch = new ChangeBatch();
        for (int row = 0; row < rows; row++)
        {
            batch.Insert(table, ReferenceEquals(table, TwoKeys) ? [row, row + 1000, 0] : [row, 0]);
        }

        return batch;
    }

    private static ChangeBatch Condensed(ChangeBatch batch)
    {
        new BatchCondenser().Condense(batch);
        return batch;
    }

    /// <summary>Divides, and returns each row's worker by its first column.</summary>
    private Dictionary<long, int> Divide(ChangeBatch batch, ulong sequence)
    {
        Condensed(batch);
        Assert.Equal(Division.Divided, _divider.Divide(batch, Workers, sequence, sequence - 1));
        var workers = new Dictionary<long, int>();
        for (int worker = 0; worker < Workers; worker++)
        {
            (int first, int count) = _divider.RangeOf(worker);
            foreach (RowChange row in batch.Rows.Slice(first, count))
            {
                workers[(row.OldValues >= 0 ? batch.Old(row) : batch.New(row))[0].AsInt64] = worker;
            }
        }

        return workers;
    }
}
