using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;
using Binlog.Service.Tests.Downstream.MySql;
using FsCheck;
using FsCheck.Fluent;
using static Binlog.Service.Tests.Downstream.MySql.Tables;

namespace Binlog.Service.Tests.Downstream.Condensing;

/// <summary>Whatever an upstream does, the condensed changes have its effect on a table that refuses a second row under any key.</summary>
public sealed class CondensingPropertyTests
{
    private static readonly TableSchema Table = Schema("d", Info("u", Id(), Column(2, "u"), Column(3, "v")) with { Indexes = [Index(1, "u", true, "u")] });

    [Fact]
    public void Condense_AnyHistory_HasTheSameEffectUnderTheSameKeys()
    {
        Gen<int[]> steps = Gen.ArrayOf(Gen.Choose(0, int.MaxValue - 1), 60);
        Prop.ForAll(steps.ToArbitrary(), Check).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    private static void Check(int[] steps)
    {
        var table = new ModelTable();
        var random = new Random(steps[0]);
        for (int row = 0; row < 6; row++)
        {
            table.TryInsert([row, random.Next(2) == 0 ? null : row + 10, 0]);
        }

        ModelTable replica = table.Copy();
        var batch = new ChangeBatch();
        foreach (int step in steps)
        {
            Step(table, batch, step);
        }

        new BatchCondenser().Condense(batch);
        foreach (RowChange row in batch.Rows)
        {
            object?[] old = row.OldValues < 0 ? [] : ModelTable.Row(batch.Old(row));
            object?[] values = row.NewValues < 0 ? [] : ModelTable.Row(batch.New(row));
            Assert.True(row.Kind switch
            {
                RowChangeKind.Insert => replica.TryInsert(values),
                RowChangeKind.Delete => replica.TryDelete(old),
                _ => replica.TryUpdate(old, values),
            });
        }

        Assert.Equal(table.Rows, replica.Rows);
    }

    private static void Step(ModelTable table, ChangeBatch batch, int step)
    {
        object?[] values = [step % 9, step / 9 % 4 == 0 ? null : (step / 36 % 8) + 10, step % 1000];
        object?[]? old = table.Any(step / 7);
        switch (step / 5 % 3)
        {
            case 0 when table.TryInsert(values):
                batch.Insert(Table, values);
                break;
            case 1 when old is not null && table.TryDelete(old):
                batch.Delete(Table, old);
                break;
            case 2 when old is not null && table.TryUpdate(old, values):
                batch.Update(Table, old, values);
                break;
        }
    }
}
