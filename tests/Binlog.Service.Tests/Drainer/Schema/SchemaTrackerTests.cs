using Binlog.Service.Drainer.Schema;
using Binlog.TiDB.Schema;
using static Binlog.Service.Tests.Drainer.Schema.Definitions;

namespace Binlog.Service.Tests.Drainer.Schema;

public sealed class SchemaTrackerTests
{
    private readonly SchemaTracker _tracker = new();
    private readonly TableInfo _table = Table(41, "t", Column(1, "id", Int.Key()), Column(2, "a", Int));

    public SchemaTrackerTests()
    {
        _tracker.Apply(CreateDatabase(1, Db1, "db1"));
        _tracker.Apply(CreateDatabase(2, Db2, "db2"));
        _tracker.Apply(Create(3, _table));
    }

    [Fact]
    public void Apply_CreateTable_KnowsTheTable()
    {
        Assert.Equal("`db1`.`t`", _tracker.Find(41)!.ToString());
        Assert.Equal(3, _tracker.Find(41)!.SchemaVersion);
        Assert.Same(_tracker.Find(41), _tracker.Find(41));
        Assert.Equal(3, _tracker.Version);
        Assert.Null(_tracker.Find(42));
    }

    [Fact]
    public void Apply_DropTable_RemembersWhenItWent()
    {
        TrackedChange change = _tracker.Apply(Job(9, DdlActionType.DropTable, Db1, 41, _table))!;

        Assert.Equal(("t", null), (change.Before?.TableName, change.After));
        Assert.Null(_tracker.Find(41));
        Assert.True(_tracker.IsDropped(41));
        Assert.Equal(9, _tracker.DroppedAt(41));
        Assert.False(_tracker.IsDropped(42));
    }

    [Fact]
    public void Apply_Truncate_ReplacesTheId()
    {
        TrackedChange change = _tracker.Apply(Job(9, DdlActionType.TruncateTable, Db1, 41, _table with { Id = 50 }))!;

        Assert.Equal((41, 50), (change.Before!.Info.Id, change.After!.Info.Id));
        Assert.True(_tracker.IsDropped(41));
        Assert.NotNull(_tracker.Find(50));
    }

    [Fact]
    public void Apply_RenameTable_MovesItToTheJobsDatabase()
    {
        TrackedChange change = _tracker.Apply(Job(9, DdlActionType.RenameTable, Db2, 41, _table with { Name = "u" }))!;

        Assert.Equal("`db1`.`t`", change.Before!.ToString());
        Assert.Equal("`db2`.`u`", change.After!.ToString());
        Assert.Equal("`db2`.`u`", _tracker.Find(41)!.ToString());
        Assert.False(_tracker.IsDropped(41));
    }

    [Theory]
    [InlineData("rename table db1.t to db2.x, db1.u to y", "`db2`.`x`", "`db1`.`y`")]
    [InlineData("RENAME TABLE `t` TO `db2`.`x` , /* c */ u TO db2 . y ;", "`db2`.`x`", "`db2`.`y`")]
    public void Apply_RenameTables_TakesDatabasesFromTheStatement(string query, string first, string second)
    {
        _tracker.Apply(Create(4, _table with { Id = 42, Name = "u" }));

        TrackedChange change = _tracker.Apply(Several(9, DdlActionType.RenameTables, Db1, query, _table with { Name = "x" }, _table with { Id = 42, Name = "y" }))!;

        Assert.Equal([first, second], change.Tables.Select(table => table.ToString()));
        Assert.Equal(first, _tracker.Find(41)!.ToString());
        Assert.Equal(second, _tracker.Find(42)!.ToString());
    }

    [Fact]
    public void Apply_RenameTablesToOneNameInTwoDatabases_TellsThemApartByTheOldName()
    {
        _tracker.Apply(Create(4, _table with { Id = 42, Name = "u" }));

        _tracker.Apply(Several(9, DdlActionType.RenameTables, Db1, "rename table t to db2.x, u to db1.x", _table with { Name = "x" }, _table with { Id = 42, Name = "x" }));

        Assert.Equal("`db2`.`x`", _tracker.Find(41)!.ToString());
        Assert.Equal("`db1`.`x`", _tracker.Find(42)!.ToString());
    }

    [Fact]
    public void Apply_RenameTablesWithUnreadableStatement_Throws()
    {
        var error = Assert.Throws<SchemaHistoryException>(() => _tracker.Apply(Several(9, DdlActionType.RenameTables, Db1, "rename what?", _table)));

        Assert.Equal(1009, error.JobId);
        Assert.Contains("rename what?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_CreateTables_KnowsEveryTable()
    {
        TrackedChange change = _tracker.Apply(Several(9, DdlActionType.CreateTables, Db2, "", _table with { Id = 51 }, _table with { Id = 52, Name = "u" }))!;

        Assert.Equal(["`db2`.`t`", "`db2`.`u`"], change.Tables.Select(table => table.ToString()));
        Assert.NotNull(_tracker.Find(51));
        Assert.NotNull(_tracker.Find(52));
    }

    [Fact]
    public void Apply_DropAndRecoverSchema_ForgetsAndRestoresItsTables()
    {
        _tracker.Apply(Create(4, _table with { Id = 42 }, Db2));
        TrackedChange dropped = _tracker.Apply(Job(9, DdlActionType.DropSchema, Db1, 0))!;
        Assert.Equal("db1", dropped.SchemaName);
        Assert.Equal([41L], dropped.Tables.Select(table => table.Info.Id));
        Assert.True(_tracker.IsDropped(41));
        Assert.NotNull(_tracker.Find(42));

        TrackedChange recovered = _tracker.Apply(CreateDatabase(12, Db1, "db1") with { Type = DdlActionType.RecoverSchema })!;

        Assert.Equal([41L], recovered.Tables.Select(table => table.Info.Id));
        Assert.NotNull(_tracker.Find(41));
        Assert.False(_tracker.IsDropped(41));
    }

    [Fact]
    public void Apply_RecoverTable_KnowsItAgain()
    {
        _tracker.Apply(Job(9, DdlActionType.DropTable, Db1, 41, _table));

        _tracker.Apply(Job(10, DdlActionType.RecoverTable, Db1, 41, _table));

        Assert.NotNull(_tracker.Find(41));
        Assert.False(_tracker.IsDropped(41));
    }

    [Fact]
    public void Apply_ExchangePartition_SwapsTheIds()
    {
        TableInfo partitioned = _table with { Id = 60, Name = "p", Partition = Partitions(PartitionType.Range, "`id`", Range(61, "p0", "10"), Range(62, "p1", "20")) };
        _tracker.Apply(Create(4, partitioned));

        TrackedChange change = _tracker.Apply(Job(9, DdlActionType.ExchangePartition, Db1, 41, partitioned with
        {
            Partition = Partitions(PartitionType.Range, "`id`", Range(61, "p0", "10"), Range(41, "p1", "20")),
        }))!;

        Assert.Null(_tracker.Find(41));
        Assert.Equal("`db1`.`t`", _tracker.Find(62)!.ToString());
        Assert.Equal(("p", "p", 62L), (change.Before!.TableName, change.After!.TableName, change.Tables[0].Info.Id));
    }

    [Fact]
    public void Apply_RemovePartitioning_TakesTheNewIdAndForgetsTheOld()
    {
        TrackedChange change = _tracker.Apply(Job(9, DdlActionType.RemovePartitioning, Db1, 41, _table with { Id = 70 }))!;

        Assert.Equal((41L, 70L), (change.Before!.Info.Id, change.After!.Info.Id));
        Assert.True(_tracker.IsDropped(41));
    }

    [Fact]
    public void Apply_CreateOrReplaceView_ForgetsTheOldView()
    {
        _tracker.Apply(Job(4, DdlActionType.CreateView, Db1, 80, _table with { Id = 80, Name = "v", View = new ViewInfo() }));

        TrackedChange change = _tracker.Apply(Job(5, DdlActionType.CreateView, Db1, 81, _table with { Id = 81, Name = "V", View = new ViewInfo() }))!;

        Assert.Equal(80, change.Before!.Info.Id);
        Assert.Null(_tracker.Find(80));
        Assert.DoesNotContain(_tracker.UserTables, table => table.Info.IsView);
    }

    [Theory]
    [InlineData(DdlActionType.LockTable)]
    [InlineData(DdlActionType.AlterTablePlacement)]
    [InlineData(DdlActionType.AlterCacheTable)]
    [InlineData(DdlActionType.AlterNoCacheTable)]
    [InlineData(DdlActionType.DropResourceGroup)]
    public void Apply_IgnoredType_ChangesNothingButTheVersion(DdlActionType type)
    {
        Assert.Null(_tracker.Apply(Job(9, type, Db1, 41, _table with { Name = "changed" })));

        Assert.Equal("t", _tracker.Find(41)!.TableName);
        Assert.Equal(9, _tracker.Version);
    }

    [Theory]
    [InlineData(DdlJobState.RollbackDone, 9)]
    [InlineData(DdlJobState.Cancelled, 9)]
    [InlineData(DdlJobState.Synced, 0)]
    public void Apply_FailedJob_ChangesNothing(DdlJobState state, long version)
    {
        DdlJob job = Job(version, DdlActionType.AddColumn, Db1, 41, _table with { Name = "changed" }) with { State = state };

        Assert.Null(_tracker.Apply(job));

        Assert.Equal("t", _tracker.Find(41)!.TableName);
        Assert.Equal(3, _tracker.Version);
        Assert.False(_tracker.HasApplied(job));
    }

    [Fact]
    public void Apply_UnknownTableOrDatabase_NamesJobAndId()
    {
        var table = Assert.Throws<SchemaHistoryException>(() => _tracker.Apply(Job(9, DdlActionType.AddColumn, Db1, 77, _table with { Id = 77 })));
        var database = Assert.Throws<SchemaHistoryException>(() => _tracker.Apply(Create(9, _table with { Id = 78 }, 555)));

        Assert.Contains("job 1009 (AddColumn, schema version 9) concerns table 77", table.Message, StringComparison.Ordinal);
        Assert.Contains("database 555", database.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_OlderJobOfAnotherTableAfterNewer_AppliesBoth()
    {
        _tracker.Apply(Create(21, _table with { Id = 91, Name = "late" }));

        DdlJob earlier = Create(20, _table with { Id = 90, Name = "early" });
        Assert.False(_tracker.HasApplied(earlier));
        _tracker.Apply(earlier);

        Assert.NotNull(_tracker.Find(90));
        Assert.NotNull(_tracker.Find(91));
        Assert.Equal(21, _tracker.Version);
    }

    [Fact]
    public void IsSystem_SystemSchemasAndIds_AreRecognised()
    {
        _tracker.Apply(Create(9, _table with { Id = 95, Name = "user" }, SystemSchemas.MySqlId));

        Assert.True(_tracker.IsSystem(95));
        Assert.True(_tracker.IsSystem(0xFFFFFFFFFFFF));
        Assert.False(_tracker.IsSystem(41));
        Assert.True(_tracker.IsSystem(CreateDatabase(10, 99, "Performance_Schema")));
        Assert.False(_tracker.IsSystem(CreateDatabase(10, 99, "db3")));
        Assert.DoesNotContain(_tracker.UserTables, table => table.Info.Id == 95);
    }

    [Fact]
    public async Task CatchUp_SameVersionTwice_AsksTheHistoryOnce()
    {
        var history = new FakeSchemaHistory(Job(9, DdlActionType.AddColumn, Db1, 41, _table with { Name = "newer" }));

        await _tracker.CatchUpAsync(history, 8, default);
        await _tracker.CatchUpAsync(history, 8, default);
        Assert.Equal(1, history.Questions);
        Assert.Equal("t", _tracker.Find(41)!.TableName);
        Assert.True(_tracker.IsBehind(9));
        await _tracker.CatchUpAsync(history, 10, default);

        Assert.Equal("newer", _tracker.Find(41)!.TableName);
        Assert.Equal(9, _tracker.Version);
        Assert.False(_tracker.IsBehind(10));
    }

    [Fact]
    public async Task VersionAt_BetweenJobs_IsTheOlderOne()
    {
        var history = new FakeSchemaHistory(CreateDatabase(1, Db1, "db1"), Create(4, _table), Job(7, DdlActionType.AddColumn, Db1, 41, _table));

        Assert.Equal(0, await SchemaTracker.VersionAtAsync(history, 99, default));
        Assert.Equal(4, await SchemaTracker.VersionAtAsync(history, 699, default));
        Assert.Equal(7, await SchemaTracker.VersionAtAsync(history, 700, default));
    }
}
