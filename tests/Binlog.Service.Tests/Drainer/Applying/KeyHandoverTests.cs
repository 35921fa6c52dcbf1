using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Tests.Downstream.MySql;
using Binlog.Service.Tests.Drainer.Translating;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>Large transactions whose rows hand values of unique keys to one another, over any distance: the end is right, or nothing is applied and the reason is said.</summary>
public sealed class KeyHandoverTests(MySqlTestServer server) : IClassFixture<MySqlTestServer>
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly ApplyLimits Streaming = new() { LargeBytes = 100 };

    [Theory]
    [InlineData("mysql")]
    [InlineData("sqlite")]
    public async Task Apply_SwapWithManyRowsBetween_BothRowsEndWithTheOthersKeys(string kind)
    {
        const int Between = 100_000;
        using var table = new KeyedTable();
        BinlogBuilder swap = KeyedTable.Begin().Update([1, 1, "a", "x"], [1, 2, "b", "x"]);
        for (int id = 1000; id < 1000 + Between; id++)
        {
            swap.Insert(id, null, id, DBNull.Value, "w");
        }

        swap.Update([2, 2, "b", "y"], [2, 1, "a", "y"]);
        await table.WriteAsync(KeyedTable.Begin().Insert(1, null, 1, "a", "x").Insert(2, null, 2, "b", "y").Commit(100), swap.Commit(200));
        await using LargeTarget target = await LargeTarget.OfAsync(kind, server);

        await target.ApplyAsync(table, new ApplyLimits { LargeBytes = 1 << 20 }, Token);

        Assert.Equal(["1|2|b", "2|1|a"], await target.RowsAsync("id < 1000"));
        Assert.Equal(Between, (await target.RowsAsync("id >= 1000")).Count);
        Assert.Equal((200UL, 1L), (target.Progress.CommitTs, target.Progress.Applied.Restarts));
        Assert.Equal(Between + 4, target.Progress.Rows);
    }

    /// <summary>Any rows, keys that go round, rows that change several times, in an order that nobody checks: as a model says.</summary>
    [Theory]
    [InlineData("sqlite", 1, 150)]
    [InlineData("sqlite", 2, 150)]
    [InlineData("mysql", 3, 40)]
    public async Task Apply_KeysHandedOnAtRandom_EndsAsTheModelSays(string kind, int seed, int transactions)
    {
        var random = new Random(seed);
        using var table = new KeyedTable();
        var model = new KeyModel(random, rows: 60);
        var binlogs = new List<ReadOnlyMemory<byte>> { model.Opening(100) };
        for (int number = 1; number <= transactions; number++)
        {
            binlogs.Add(model.Change(100 + (10 * (ulong)number)));
        }

        await table.WriteAsync([.. binlogs]);
        await using LargeTarget target = await LargeTarget.OfAsync(kind, server);

        await target.ApplyAsync(table, Streaming with { Rows = 5 }, Token);

        Assert.Equal(model.Rows, await target.RowsAsync());
        Assert.InRange(target.Progress.Applied.Restarts, transactions / 4, long.MaxValue);
    }

    [Theory]
    [InlineData("mysql")]
    public async Task Apply_KeysThatOnlyTheTargetTakesForOne_EndsRight(string kind)
    {
        using var table = new KeyedTable("utf8mb4_general_ci");
        BinlogBuilder change = KeyedTable.Begin().Update([3, 3, "c", "x"], [3, 4, "d", "x"]).Update([1, 1, "é", "x"], [1, 1, "Ö", "x"]);
        for (int id = 100; id < 200; id++)
        {
            change.Insert(id, null, id, DBNull.Value, "w");
        }

        change.Update([2, 2, "ö", "x"], [2, 2, "É", "x"]);
        change.Update([4, 4, "d", "x"], [4, 3, "c", "x"]);
        await table.WriteAsync(
            KeyedTable.Begin().Insert(1, null, 1, "é", "x").Insert(2, null, 2, "ö", "x").Insert(3, null, 3, "c", "x").Insert(4, null, 4, "d", "x").Commit(100), change.Commit(200));
        await using LargeTarget target = await LargeTarget.OfAsync(kind, server);

        await target.ApplyAsync(table, Streaming with { Rows = 10 }, Token);

        Assert.Equal(["1|1|Ö", "2|2|É", "3|4|d", "4|3|c"], await target.RowsAsync("id < 100"));
        Assert.Equal(100, (await target.RowsAsync("id >= 100")).Count);
        Assert.Equal(2, target.Progress.Applied.Restarts);
    }

    [Theory]
    [InlineData("mysql")]
    [InlineData("sqlite")]
    public async Task Apply_MoreRowsHandKeysOnThanCanBeHeld_StopsAndLeavesEverything(string kind)
    {
        const int Rows = 400;
        using var table = new KeyedTable();
        BinlogBuilder opening = KeyedTable.Begin();
        BinlogBuilder shift = KeyedTable.Begin();
        for (int id = 1; id <= Rows; id++)
        {
            opening.Insert(id, null, id, DBNull.Value, "w");
            shift.Update([id, id, DBNull.Value, "w"], [id, id + 1, DBNull.Value, "w"]);
        }

        await table.WriteAsync(opening.Commit(100), shift.Commit(200));
        await using LargeTarget target = await LargeTarget.OfAsync(kind, server);

        TargetException error = await Assert.ThrowsAsync<TargetException>(() => target.ApplyAsync(table, Streaming with { Rows = 10, HeldBytes = 10_000 }, Token));

        Assert.False(error.IsTransient);
        Assert.Contains("commit TS 200", error.Message, StringComparison.Ordinal);
        Assert.Contains("more than can be held in memory (10000 bytes)", error.Message, StringComparison.Ordinal);
        Assert.Contains("drop the unique key", error.Message, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(1, Rows).Select(id => $"{id}|{id}|∅"), await target.RowsAsync());

        await target.ApplyAsync(table, Streaming with { Rows = 10 }, Token);
        Assert.Equal(Enumerable.Range(1, Rows).Select(id => $"{id}|{id + 1}|∅"), await target.RowsAsync());
    }

    [Theory]
    [InlineData("mysql")]
    [InlineData("sqlite")]
    public async Task Apply_ForeignRowHasAKey_SaysSoAndAppliesNothing(string kind)
    {
        using var table = new KeyedTable();
        BinlogBuilder change = KeyedTable.Begin().Delete(1, 1, DBNull.Value, "w");
        for (int id = 100; id < 200; id++)
        {
            change.Insert(id, null, id, DBNull.Value, "w");
        }

        await table.WriteAsync(KeyedTable.Begin().Insert(1, null, 1, DBNull.Value, "w").Commit(100));
        await using LargeTarget target = await LargeTarget.OfAsync(kind, server);
        await target.ApplyAsync(table, Streaming, Token);
        await target.ExecuteAsync("INSERT INTO large.t VALUES (7, 150, NULL, 'foreign')", "INSERT INTO \"large.t\" VALUES (7, 150, NULL, 'foreign')");
        using var whole = new KeyedTable();
        await whole.WriteAsync(KeyedTable.Begin().Insert(1, null, 1, DBNull.Value, "w").Commit(100), change.Commit(200));

        TargetException error = await Assert.ThrowsAsync<TargetException>(() => target.ApplyAsync(whole, Streaming with { Rows = 10 }, Token));

        Assert.True(error.IsDuplicateKey);
        Assert.Equal(["1|1|∅", "7|150|∅"], await target.RowsAsync());
        Assert.Equal(100UL, target.Progress.CommitTs);
    }
}
