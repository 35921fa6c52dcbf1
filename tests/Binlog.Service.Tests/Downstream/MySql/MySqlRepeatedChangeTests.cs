using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;
using Binlog.Service.Downstream.MySql;
using static Binlog.Service.Tests.Downstream.MySql.Tables;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>Changes that a server may have seen before: rows that are there, from earlier or later on, and rows that are missing.</summary>
public sealed class MySqlRepeatedChangeTests(MySqlTestServer server) : IClassFixture<MySqlTestServer>
{
    private static readonly TableSchema Keyed = Table("d", "t", Id(), Column(2, "v", VarChar(40)));
    private static readonly TableSchema Unique = Schema("d", Info("u", Id(), Column(2, "u"), Column(3, "v")) with { Indexes = [Index(1, "u", true, "u")] });
    private static readonly TableSchema Keyless = Schema("d", Info("none", Column(1, "a"), Column(2, "b", VarChar(10))));

    [Fact]
    public async Task ApplyAsync_RowsThereOrMissing_EndAsTheUpstream()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget target = await OpenAsync(Keyed);
        await look.ExecuteAsync("INSERT INTO d.t VALUES (1,'later'),(3,'came and went'),(4,'between')", default);

        await ApplyAsync(target, new ChangeBatch()
            .Insert(Keyed, 1, "one").Update(Keyed, [2, "missing"], [2, "two"]).Insert(Keyed, 3, "three").Delete(Keyed, 3, "three")
            .Update(Keyed, [7, "seven"], [4, "between"]).Update(Keyed, [4, "between"], [8, "eight"]).Delete(Keyed, 9, "missing"));

        Assert.Equal(["1|one", "2|two", "8|eight"], await look.SortedRowsAsync("d.t"));
    }

    [Fact]
    public async Task ApplyAsync_UniqueKeyWithNulls_TouchesNoOtherRow()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget target = await OpenAsync(Unique);
        await look.ExecuteAsync("INSERT INTO d.u VALUES (1,NULL,0),(2,NULL,0),(3,7,0)", default);

        await ApplyAsync(target, new ChangeBatch().Insert(Unique, 4, null, 1).Update(Unique, [1, null, 0], [1, null, 5]).Update(Unique, [3, 7, 0], [3, null, 6]).Insert(Unique, 5, 7, 1));

        Assert.Equal(["1|∅|5", "2|∅|0", "3|∅|6", "4|∅|1", "5|7|1"], await look.SortedRowsAsync("d.u"));
    }

    [Fact]
    public async Task ApplyAsync_GeneratedColumns_AreComputed()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget target = await OpenAsync(Keyed);
        TableSchema table = Schema("d", Info("g", Id(), Column(2, "v"), Column(3, "w") with { GeneratedExpression = "`v` * 2", GeneratedStored = true }) with { Id = 101 });
        await look.ExecuteAsync("CREATE TABLE d.g (id INT PRIMARY KEY, v INT, w INT AS (v * 2) STORED, x INT AS (v + 1) VIRTUAL, UNIQUE KEY (w))", default);
        await look.ExecuteAsync("INSERT INTO d.g (id, v) VALUES (1, 10), (2, 20)", default);

        await ApplyAsync(target, new ChangeBatch().Update(table, [1, 5, 10], [1, 6, 12]).Insert(table, 3, 20, 40).Insert(table, 4, 7, 14));

        Assert.Equal(["1|6|12|7", "3|20|40|21", "4|7|14|8"], await look.SortedRowsAsync("d.g"));
    }

    /// <summary>A REPLACE removes the row that is there, and must not take its children with it.</summary>
    [Fact]
    public async Task ApplyAsync_ForeignKeysWithCascades_TakeNothingAlong()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget target = await OpenAsync(Keyed);
        await look.ExecuteAsync("SET foreign_key_checks=1", default);
        await look.ExecuteAsync("CREATE TABLE d.child (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES d.t (id) ON DELETE CASCADE ON UPDATE CASCADE)", default);
        await look.ExecuteAsync("CREATE TABLE d.self (id INT PRIMARY KEY, u INT, parent INT, UNIQUE KEY u (u), FOREIGN KEY (parent) REFERENCES d.self (id) ON DELETE CASCADE)", default);
        await look.ExecuteAsync("INSERT INTO d.t VALUES (1,'a'),(2,'b')", default);
        await look.ExecuteAsync("INSERT INTO d.child VALUES (10,1),(11,1),(12,2)", default);
        await look.ExecuteAsync("INSERT INTO d.self VALUES (1,1,NULL),(2,2,1),(3,3,2)", default);
        TableSchema self = Schema("d", Info("self", Id(), Column(2, "u"), Column(3, "parent")) with { Id = 102, Indexes = [Index(1, "u", true, "u")] });

        await ApplyAsync(target, new ChangeBatch().Insert(Keyed, 1, "A").Update(Keyed, [2, "b"], [2, "B"]).Update(self, [1, 1, null], [1, 9, null]).Insert(self, 4, 1, 3));

        Assert.Equal(["1|A", "2|B"], await look.SortedRowsAsync("d.t"));
        Assert.Equal(["10|1", "11|1", "12|2"], await look.SortedRowsAsync("d.child"));
        Assert.Equal(["1|9|∅", "2|2|1", "3|3|2", "4|1|3"], await look.SortedRowsAsync("d.self"));
    }

    [Fact]
    public async Task ApplyAsync_NoKeyAndEverythingIsThere_DoublesNothing()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget target = await OpenAsync(Keyless);
        await look.ExecuteAsync("INSERT INTO d.none VALUES (1,'a'),(2,'new')", default);

        await ApplyAsync(target, new ChangeBatch().Insert(Keyless, 1, "a").Update(Keyless, [2, "old"], [2, "new"]).Insert(Keyless, 3, null).Delete(Keyless, 4, "missing"));

        Assert.Equal(["1|a", "2|new", "3|∅"], await look.SortedRowsAsync("d.none"));
    }

    /// <summary>After parts: rows that can't be told apart were applied with the checkpoint only, so they are as expected, or the target differs.</summary>
    [Fact]
    public async Task ApplyAsync_NoKeyAfterParts_IsStrict()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget target = await OpenAsync(Keyless);
        await look.ExecuteAsync("INSERT INTO d.none VALUES (1,'a')", default);

        await ApplyAsync(target, new ChangeBatch().Insert(Keyless, 1, "a"), Repetition.Parts);
        Assert.Equal(["1|a", "1|a"], await look.SortedRowsAsync("d.none"));
        await Assert.ThrowsAsync<TargetException>(() => ApplyAsync(target, new ChangeBatch().Delete(Keyless, 4, "missing"), Repetition.Parts, 102));
    }

    private static async Task ApplyAsync(MySqlTarget target, ChangeBatch batch, Repetition repetition = Repetition.Anything, ulong commitTs = 101)
    {
        new BatchCondenser().Condense(batch, repetition);
        await target.ApplyAsync(batch, new Checkpoint(commitTs, 2), default);
    }

    private async Task<MySqlTarget> OpenAsync(TableSchema table)
    {
        var target = new MySqlTarget(server.Options());
        await target.OpenAsync(default);
        await target.MakeAsync(table);
        return target;
    }
}
