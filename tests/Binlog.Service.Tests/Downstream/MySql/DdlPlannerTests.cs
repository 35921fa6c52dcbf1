using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Downstream.MySql.Ddl;
using Binlog.TiDB.Schema;
using static Binlog.Service.Tests.Downstream.MySql.Tables;

namespace Binlog.Service.Tests.Downstream.MySql;

public sealed class DdlPlannerTests
{
    private static readonly MySqlDialect MariaDb = new(MySqlServerKind.MariaDb, new Version(10, 11, 2), new HashSet<string> { "utf8mb4_bin", "utf8mb4_general_ci", "utf8mb4_unicode_ci" });
    private static readonly MySqlDialect MySql57 = new(MySqlServerKind.MySql, new Version(5, 7, 40), MariaDb.Collations);
    private static readonly MySqlDialect MySql80 = new(MySqlServerKind.MySql, new Version(8, 0, 36), MariaDb.Collations);

    [Fact]
    public void Plan_CreateTable_StatesEverything()
    {
        ColumnInfo[] columns =
        [
            Column(1, "id", Type(ColumnType.BigInt, 20, ColumnFlags.NotNull | ColumnFlags.PrimaryKey | ColumnFlags.AutoIncrement)),
            Column(2, "a`b", VarChar(20, "utf8", "utf8_general_ci")) with { Default = "it's \\", Comment = "x'y" },
            Column(3, "la", Type(ColumnType.Blob, 65535, ColumnFlags.None, "latin1", "latin1_bin")),
            Column(4, "bl", Type(ColumnType.Blob, 65535)),
            Column(5, "b", Type(ColumnType.Bit, 9, ColumnFlags.Unsigned)) with { DefaultBit = [1, 5] },
            Column(6, "ts", Type(ColumnType.Timestamp, 19, ColumnFlags.NotNull)),
            Column(7, "up", Type(ColumnType.Timestamp, 23, ColumnFlags.OnUpdateNow, decimals: 3)) with { Default = "CURRENT_TIMESTAMP(3)" },
            Column(8, "g", VarChar(20)) with { GeneratedExpression = "concat(`a``b`, 'x')", GeneratedStored = true },
            Column(9, "e", Type(ColumnType.Enum, -1, ColumnFlags.NotNull, "utf8", "utf8_bin") with { Elements = ["a", "b'c"] }) with { Default = "a" },
            Column(10, "vb", Type(ColumnType.VarChar, 30)) with { Default = "ab" },
            Column(11, "y", Type(ColumnType.Year, 4, ColumnFlags.ZeroFill | ColumnFlags.Unsigned)) with { Default = "2018" },
        ];
        TableInfo info = Info("t", columns) with
        {
            Comment = "the 'table'",
            AutoIncrementId = 500,
            Indexes = [Index(1, "u", true, "a`b"), Index(2, "k", false, "b", "ts") with { Comment = "c" }],
            ForeignKeys = [new ForeignKeyInfo { Name = "f", Columns = ["b"], ReferencedTable = "p", ReferencedColumns = ["id"], OnDelete = 2, State = SchemaState.Public }],
        };

        DdlPlan plan = new DdlPlanner(MariaDb, "x").Plan(Change(DdlActionType.CreateTable, null, Schema("d", info)));

        Assert.Equal(
            "CREATE TABLE `d`.`t` (`id` bigint(20) NOT NULL AUTO_INCREMENT, "
            + "`a``b` varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL DEFAULT 'it''s \\\\' COMMENT 'x''y', "
            + "`la` text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL DEFAULT NULL, "
            + "`bl` blob NULL DEFAULT NULL, "
            + "`b` bit(9) NULL DEFAULT b'100000101', "
            + "`ts` timestamp NOT NULL DEFAULT '0000-00-00 00:00:00', "
            + "`up` timestamp(3) NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), "
            + "`g` varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin GENERATED ALWAYS AS (concat(`a``b`, 'x')) STORED, "
            + "`e` enum('a','b''c') CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT 'a', "
            + "`vb` varbinary(30) NULL DEFAULT x'6162', "
            + "`y` year NULL DEFAULT 2018, "
            + "PRIMARY KEY (`id`), UNIQUE KEY `u` (`a``b`), KEY `k` (`b`, `ts`) COMMENT 'c', "
            + "CONSTRAINT `f` FOREIGN KEY (`b`) REFERENCES `d`.`p` (`id`) ON DELETE CASCADE"
            + ") ENGINE=InnoDB ROW_FORMAT=DYNAMIC AUTO_INCREMENT=500 DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='the ''table'''",
            Assert.Single(plan.Statements));
    }

    [Theory]
    [InlineData("utf8_bin", "utf8mb4_bin")]
    [InlineData("", "utf8mb4_bin")]
    [InlineData("utf8mb4_general_ci", "utf8mb4_general_ci")]
    [InlineData("utf8_unicode_ci", "utf8mb4_unicode_ci")]
    [InlineData("latin1_bin", "utf8mb4_bin")]
    [InlineData("gbk_chinese_ci", "utf8mb4_bin")]
    [InlineData("utf8mb4_0900_ai_ci", "utf8mb4_bin")]
    public void CollationFor_UpstreamCollation_IsOneOfUtf8mb4(string upstream, string expected) => Assert.Equal(expected, MariaDb.CollationFor(upstream));

    [Fact]
    public void Plan_AddMoveDropAndRenameColumns_IsOneAlterTable()
    {
        TableSchema before = Table("d", "t", Id(), Column(2, "a"), Column(3, "b"), Column(4, "gone"));
        TableSchema after = Table("d", "t", Column(3, "b2"), Id(), Column(5, "n", VarChar(5)) with { Default = "x", OriginDefault = "x" }, Column(2, "a", Type(ColumnType.BigInt, 20)));

        DdlPlan plan = new DdlPlanner(MariaDb, "x").Plan(Change(DdlActionType.MultiSchemaChange, before, after) with { Job = new DdlJob { Id = 7, Type = DdlActionType.AddColumns } });

        Assert.Equal(
            "ALTER TABLE `d`.`t` DROP COLUMN `gone`, CHANGE COLUMN `b` `b2` int(11) NULL DEFAULT NULL FIRST, "
            + "ADD COLUMN `n` varchar(5) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL DEFAULT 'x' AFTER `id`, MODIFY COLUMN `a` bigint(20) NULL DEFAULT NULL",
            Assert.Single(plan.Statements));
    }

    /// <summary>GBK text is UTF-8 in TiDB's rows, so it is in the target; a vector keeps its text where there is no such type.</summary>
    [Theory]
    [InlineData(MySqlServerKind.MariaDb, "longtext", "")]
    [InlineData(MySqlServerKind.MySql, "longtext", " INVISIBLE")]
    [InlineData(MySqlServerKind.TiDb, "vector(3)", " INVISIBLE")]
    public void Plan_TypesAndIndexesOfNewerTiDB_AreWhatTheServerHas(MySqlServerKind kind, string vector, string invisible)
    {
        TableInfo info = Info("t", Id(), Column(2, "g", VarChar(9, "gbk", "gbk_chinese_ci")), Column(3, "v", Type(ColumnType.Vector, 3))) with
        {
            Indexes = [Index(1, "k", false, "g") with { IsInvisible = true }],
        };

        DdlPlan plan = new DdlPlanner(MySql80 with { Kind = kind }, "x").Plan(Change(DdlActionType.CreateTable, null, Schema("d", info)));

        string statement = Assert.Single(plan.Statements);
        Assert.Contains("`g` varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL", statement, StringComparison.Ordinal);
        Assert.Contains($"`v` {vector} NULL", statement, StringComparison.Ordinal);
        Assert.Contains($"KEY `k` (`g`){invisible})", statement, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_AddedColumnWhoseOlderRowsHoldAnotherValue_GivesThemThatFirst()
    {
        ColumnInfo column = Column(2, "c", Type(ColumnType.DateTime, 19, ColumnFlags.NotNull)) with { Default = "CURRENT_TIMESTAMP", OriginDefault = "2019-02-18 01:02:03" };

        DdlPlan plan = new DdlPlanner(MariaDb, "x").Plan(Change(DdlActionType.AddColumn, Table("d", "t", Id()), Table("d", "t", Id(), column)));

        Assert.Equal(
            ["ALTER TABLE `d`.`t` ADD COLUMN `c` datetime NOT NULL DEFAULT '2019-02-18 01:02:03'", "ALTER TABLE `d`.`t` MODIFY COLUMN `c` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP"],
            plan.Statements);
    }

    [Fact]
    public void Plan_ColumnWithNewIdAndSameName_IsModified()
    {
        DdlPlan plan = new DdlPlanner(MariaDb, "x").Plan(Change(DdlActionType.ModifyColumn, Table("d", "t", Id(), Column(2, "a")), Table("d", "t", Id(), Column(3, "a", VarChar(9)))));

        Assert.Equal("ALTER TABLE `d`.`t` MODIFY COLUMN `a` varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL DEFAULT NULL", Assert.Single(plan.Statements));
    }

    [Fact]
    public void Plan_KeyChanges_AreNamedWithTheirColumns()
    {
        TableInfo info = Info("t", Id(), Column(2, "a"), Column(3, "b"));
        TableSchema before = Schema("d", info with { Indexes = [Index(1, "ia", false, "a"), Index(2, "ib", false, "b")] });
        TableSchema after = Schema("d", info with { Indexes = [Index(1, "ia2", false, "a"), Index(3, "u", true, "a", "b")] });

        DdlPlan plan = new DdlPlanner(MariaDb, "x").Plan(Change(DdlActionType.RenameIndex, before, after));

        Assert.Equal("ALTER TABLE `d`.`t` DROP INDEX `ib`, RENAME INDEX `ia` TO `ia2`, ADD UNIQUE KEY `u` (`a`, `b`)", Assert.Single(plan.Statements));
    }

    [Theory]
    [InlineData(DdlActionType.ShardRowId)]
    [InlineData(DdlActionType.SetTiFlashReplica)]
    [InlineData(DdlActionType.ModifyAutoIdCache)]
    [InlineData(DdlActionType.AlterTablePlacement)]
    [InlineData(DdlActionType.LockTable)]
    [InlineData(DdlActionType.AddCheckConstraint)]
    [InlineData(DdlActionType.CreateResourceGroup)]
    public void Plan_JobThatMeansNothingHere_HasNoStatements(DdlActionType type) =>
        Assert.Empty(new DdlPlanner(MariaDb, "x").Plan(Change(type, Table("d", "t", Id()), Table("d", "t", Id()), "alter table t …")).Statements);

    [Theory]
    [InlineData(DdlActionType.RecoverTable)]
    [InlineData(DdlActionType.FlashbackCluster)]
    [InlineData((DdlActionType)999)]
    public void Plan_JobThatCannotBeDone_SaysWhichAndWhatToDo(DdlActionType type)
    {
        TargetException error = Assert.Throws<TargetException>(() => new DdlPlanner(MariaDb, "MariaDB at h:1").Plan(Change(type, null, Table("d", "t", Id()), "flashback it")));

        Assert.False(error.IsTransient);
        Assert.Contains("MariaDB at h:1", error.Message, StringComparison.Ordinal);
        Assert.Contains("commit TS 10", error.Message, StringComparison.Ordinal);
        Assert.Contains("flashback it", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_Partitions_AreTakenFromTheDefinition()
    {
        static PartitionInfo Parts(params (long Id, string Name, string Bound)[] parts) => new()
        {
            Type = PartitionType.Range,
            Expression = "`id`",
            Enable = true,
            Definitions = [.. parts.Select(part => new PartitionDefinition { Id = part.Id, Name = part.Name, LessThan = [part.Bound] })],
        };
        TableInfo info = Info("t", Id());
        TableSchema two = Schema("d", info with { Partition = Parts((1, "p0", "10"), (2, "p1", "MAXVALUE")) });
        TableSchema one = Schema("d", info with { Partition = Parts((1, "p0", "10")) });
        TableSchema emptied = Schema("d", info with { Partition = Parts((9, "p0", "10")) });
        var planner = new DdlPlanner(MariaDb, "x");

        Assert.EndsWith("PARTITION BY RANGE (`id`) (PARTITION `p0` VALUES LESS THAN (10), PARTITION `p1` VALUES LESS THAN MAXVALUE)", Assert.Single(planner.Plan(Change(DdlActionType.CreateTable, null, two)).Statements), StringComparison.Ordinal);
        Assert.Equal("ALTER TABLE `d`.`t` DROP PARTITION `p1`", Assert.Single(planner.Plan(Change(DdlActionType.DropPartition, two, one)).Statements));
        Assert.Equal("ALTER TABLE `d`.`t` ADD PARTITION (PARTITION `p1` VALUES LESS THAN MAXVALUE)", Assert.Single(planner.Plan(Change(DdlActionType.AddPartition, one, two)).Statements));
        Assert.Equal("ALTER TABLE `d`.`t` TRUNCATE PARTITION `p0`", Assert.Single(planner.Plan(Change(DdlActionType.TruncatePartition, one, emptied)).Statements));
    }

    [Fact]
    public void Plan_BitDefaultLostInJson_IsTakenFromTheStatement()
    {
        TableSchema table = Table("d", "t", Id(), Column(2, "b8", Type(ColumnType.Bit, 8, ColumnFlags.Unsigned)) with { Default = "�" }, Column(3, "bx", Type(ColumnType.String, 4, ColumnFlags.Binary)) with { Default = "�" });

        string sql = Assert.Single(new DdlPlanner(MariaDb, "x").Plan(Change(DdlActionType.CreateTable, null, table, "create table t (id int primary key, `b8` bit(8) default b'11111111', bx binary(4) comment 'default 0x01' default 0xff00)")).Statements);

        Assert.Contains("`b8` bit(8) NULL DEFAULT b'11111111'", sql, StringComparison.Ordinal);
        Assert.Contains("`bx` binary(4) NULL DEFAULT 0xff00", sql, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_AddedBitColumnWhoseDefaultIsLost_IsRefused() =>
        Assert.Throws<TargetException>(() => new DdlPlanner(MariaDb, "x").Plan(Change(DdlActionType.AddColumn, Table("d", "t", Id()), Table("d", "t", Id(), Column(2, "b", Type(ColumnType.Bit, 8)) with { Default = "�", OriginDefault = "�" }), "alter table t add column b bit(8)")));

    [Fact]
    public void Plan_LongTextDefault_DependsOnTheServer()
    {
        TableSchema table = Table("d", "t", Id(), Column(2, "v", VarChar(20000, "latin1", "latin1_bin")) with { Default = "x" });

        string Sql(MySqlDialect dialect) => Assert.Single(new DdlPlanner(dialect, "x").Plan(Change(DdlActionType.CreateTable, null, table)).Statements);

        Assert.Contains("`v` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL DEFAULT 'x'", Sql(MariaDb), StringComparison.Ordinal);
        Assert.Contains("NULL DEFAULT ('x')", Sql(MySql80), StringComparison.Ordinal);
        Assert.Contains("NULL DEFAULT NULL", Sql(MySql57), StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_RenameTables_ComparesTheRowsToo()
    {
        DdlPlan plan = new DdlPlanner(MariaDb, "x").Plan(Change(DdlActionType.RenameTables, null, null, "RENAME TABLE `a` TO `tmp`, `e``x`.`b` TO a, tmp TO `e``x`.b"));

        Assert.Equal([new DdlObject("d", "a", true), new DdlObject("d", "tmp", true), new DdlObject("e`x", "b", true)], plan.Objects);
        Assert.Equal("d", plan.Database);
    }
}
