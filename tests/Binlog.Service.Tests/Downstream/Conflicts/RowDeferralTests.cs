using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;
using Binlog.Service.Downstream.Conflicts;
using Binlog.Service.Tests.Downstream.MySql;
using FsCheck;
using FsCheck.Fluent;
using static Binlog.Service.Tests.Downstream.MySql.Tables;

namespace Binlog.Service.Tests.Downstream.Conflicts;

public sealed class RowDeferralTests
{
    private static readonly TableSchema Keyed = Schema("d", Info("u", Id(), Column(2, "u"), Column(3, "v")) with { Id = 102, Indexes = [Index(1, "u", true, "u")] });
    private static readonly TableSchema Other = Schema("d", Info("o", Id(), Column(2, "v")) with { Id = 103 });
    private static readonly TableSchema Keyless = Schema("d", Info("n", Column(1, "v")) with { Id = 104 });

    [Fact]
    public void Split_NothingUnderWay_ExecutesAllNow()
    {
        ChangeBatch batch = Condensed(new ChangeBatch().Insert(Keyed, 1, 1, 1).Insert(Keyed, 2, 2, 2));

        Assert.Equal(2, new RowDeferral().Split(batch, []));
    }

    [Fact]
    public void Split_RowOfTheSameKey_Waits()
    {
        ChangeBatch batch = Condensed(new ChangeBatch().Update(Keyed, [1, 1, 0], [1, 1, 1]).Update(Keyed, [2, 2, 0], [2, 2, 1]).Update(Other, [1, 0], [1, 1]));

        Assert.Equal(2, new RowDeferral().Split(batch, [Keys(new ChangeBatch().Insert(Keyed, 1, 9, 0).Insert(Keyed, 5, 5, 5))]));
        Assert.Equal(["u 2", "o 1", "u 1"], Names(batch));
    }

    [Fact]
    public void Split_ValueOfASecondKeyThatIsFreed_IsWaitedFor()
    {
        ChangeBatch batch = Condensed(new ChangeBatch().Insert(Keyed, 7, 70, 0).Insert(Keyed, 8, 80, 0));

        Assert.Equal(1, new RowDeferral().Split(batch, [Keys(new ChangeBatch().Delete(Keyed, 1, 70, 0))]));
    }

    [Fact]
    public void Split_RowThatTakesTheKeyOfOneThatWaits_WaitsToo()
    {
        // Row 1 is under way elsewhere; row 2 takes its unique value, row 3 that of row 2.
        ChangeBatch batch = Condensed(new ChangeBatch().Update(Keyed, [1, 10, 0], [1, 11, 0]).Update(Keyed, [2, 20, 0], [2, 10, 0]).Update(Keyed, [3, 30, 0], [3, 20, 0]).Insert(Keyed, 4, 40, 0));

        Assert.Equal(1, new RowDeferral().Split(batch, [Keys(new ChangeBatch().Insert(Keyed, 1, 10, 0))]));
        Assert.Equal(["u 4", "u 1", "u 2", "u 3", "u 1", "u 2", "u 3"], Names(batch));
    }

    [Fact]
    public void Split_NullsInAUniqueKey_MeetNothing() =>
        Assert.Equal(1, new RowDeferral().Split(Condensed(new ChangeBatch().Insert(Keyed, 2, null, 0)), [Keys(new ChangeBatch().Insert(Keyed, 1, null, 0))]));

    [Fact]
    public void Split_TableWithoutKey_WaitsForEveryRowOfIt()
    {
        ChangeBatch batch = Condensed(new ChangeBatch().Insert(Keyless, 1).Delete(Keyless, 2).Insert(Other, 1, 1));

        Assert.Equal(1, new RowDeferral().Split(batch, [Keys(new ChangeBatch().Insert(Keyless, 9))]));
        Assert.Equal(3, new RowDeferral().Split(batch, [Keys(new ChangeBatch().Insert(Other, 9, 9))]));
    }

    [Fact]
    public void Restore_AfterASplit_GivesTheOrderBack()
    {
        ChangeBatch batch = Condensed(new ChangeBatch().Insert(Keyed, 1, 1, 1).Insert(Keyed, 2, 2, 2));
        var deferral = new RowDeferral();
        deferral.Split(batch, [Keys(new ChangeBatch().Insert(Keyed, 1, 5, 5))]);
        Assert.Equal(["u 2", "u 1"], Names(batch));

        deferral.Restore(batch);

        Assert.Equal(["u 1", "u 2"], Names(batch));
        deferral.Split(batch, []);
        deferral.Restore(batch);
        Assert.Equal(["u 1", "u 2"], Names(batch));
    }

    /// <summary>What is executed now meets nothing that is under way or that waits, and nothing is lost.</summary>
    [Fact]
    public void Split_AnyBatches_NowMeetsNothingLater()
    {
        Gen<int[]> seeds = Gen.ArrayOf(Gen.Choose(0, 1_000_000), 12);
        Prop.ForAll(seeds.ToArbitrary(), seeds =>
        {
            ChangeBatch batch = Condensed(Random(seeds.AsSpan(0, 8)));
            List<string> all = Names(batch);
            TouchedKeys[] earlier = [Keys(Random(seeds.AsSpan(8, 2))), Keys(Random(seeds.AsSpan(10, 2)))];
            int now = new RowDeferral().Split(batch, earlier);
            var later = new TouchedKeys();
            foreach (RowChange row in batch.Rows[now..])
            {
                later.Add(batch, row);
            }

            foreach (RowChange row in batch.Rows[..now])
            {
                Assert.False(later.Meets(batch, row) || earlier[0].Meets(batch, row) || earlier[1].Meets(batch, row));
            }

            Assert.Equal(all.Order(), Names(batch).Order());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    private static ChangeBatch Random(ReadOnlySpan<int> seeds)
    {
        var batch = new ChangeBatch();
        foreach (int seed in seeds)
        {
            object?[] row = [seed % 40, seed / 40 % 3 == 0 ? null : seed / 120 % 40, 0];
            object?[] other = [seed % 40, seed / 1000 % 40, 1];
            batch = (seed % 3) switch { 0 => batch.Insert(Keyed, row), 1 => batch.Delete(Keyed, row), _ => batch.Update(Keyed, row, other) };
        }

        return batch;
    }

    private static ChangeBatch Condensed(ChangeBatch batch)
    {
        new BatchCondenser().Condense(batch);
        return batch;
    }

    private static TouchedKeys Keys(ChangeBatch batch)
    {
        var keys = new TouchedKeys();
        keys.Set(Condensed(batch));
        return keys;
    }

    private static List<string> Names(ChangeBatch batch) =>
        [.. batch.Rows.ToArray().Select(row => $"{row.Table.TableName} {(row.OldValues >= 0 ? batch.Old(row) : batch.New(row))[0].AsInt64}")];
}
