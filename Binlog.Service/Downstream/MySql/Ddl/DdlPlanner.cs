using System.Globalization;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.MySql.Ddl;

/// <summary>Says what an upstream DDL job comes to on the target. Pure: the same change and dialect give the same plan.</summary>
/// <param name="dialect">The target's server.</param>
/// <param name="target">Its name, for messages.</param>
internal sealed class DdlPlanner(MySqlDialect dialect, string target)
{
    /// <summary>Plans a change.</summary>
    /// <exception cref="TargetException">The job can't be realised.</exception>
    public DdlPlan Plan(SchemaChange change)
    {
        if (SystemSchemas.Contains(change.SchemaName))
        {
            return DdlPlan.Nothing;
        }

        try
        {
            return PlanJob(change);
        }
        catch (NotSupportedException error)
        {
            throw Refuse(change, $"it needs {error.Message}", error);
        }
    }

    private DdlPlan PlanJob(SchemaChange change)
    {
        switch (change.Job.Type)
        {
            case DdlActionType.CreateSchema or DdlActionType.DropSchema or DdlActionType.ModifySchemaCharset:
                return PlanDatabase(change);
            case DdlActionType.CreateTable when change.After is { } table:
                return new DdlPlan([CreateTable.Write(table, change.Query, dialect)], Objects(change));
            case DdlActionType.CreateTables:
                return new DdlPlan([.. change.Tables.Select(table => CreateTable.Write(table, change.Query, dialect))], [.. change.Tables.Select(Object)]);
            case DdlActionType.DropTable when change.Before is { } table:
                return new DdlPlan([$"DROP TABLE IF EXISTS {Name(table)}"], Objects(change));
            case DdlActionType.TruncateTable when (change.Before ?? change.After) is { } table:
                return new DdlPlan([$"TRUNCATE TABLE {Name(table)}"], Objects(change));
            case DdlActionType.RenameTable when change is { Before: { } old, After: { } table }:
                return Name(old) == Name(table) ? DdlPlan.Nothing : new DdlPlan([$"RENAME TABLE {Name(old)} TO {Name(table)}"], Objects(change));
            case DdlActionType.CreateView when change.After is { Info.View: { } } view:
                return new DdlPlan([CreateView(view)], Objects(change), view.SchemaName);
            case DdlActionType.DropView when change.Before is { } view:
                return new DdlPlan([$"DROP VIEW IF EXISTS {Name(view)}"], Objects(change));
            case DdlActionType.RenameTables:
                return PlanRenames(change);
            case DdlActionType.CreateSequence or DdlActionType.AlterSequence or DdlActionType.DropSequence:
                return dialect.HasSequences ? Verbatim(change) : DdlPlan.Nothing;
            case DdlActionType.AddPartition or DdlActionType.DropPartition or DdlActionType.TruncatePartition:
                return PartitionChange.Write(change) is { } statement ? new DdlPlan([statement], Objects(change)) : Verbatim(change);
            case DdlActionType.ReorganizePartition or DdlActionType.AlterTablePartitioning or DdlActionType.RemovePartitioning or DdlActionType.AlterPartition:
                return Verbatim(change);
            case DdlActionType.ExchangePartition:
                return PlanExchange(change);
            case DdlActionType.AlterIndexVisibility:
                return dialect.AllowsInvisibleIndex ? Verbatim(change) : DdlPlan.Nothing;
            case var type when IsTableChange(type):
                return change is { Before: { }, After: { } } && AlterTable.Write(change, dialect) is { } statements ? new DdlPlan(statements, Objects(change)) : Verbatim(change);
            case var type when IsMeaningless(type):
                return DdlPlan.Nothing;
            case DdlActionType.RecoverTable or DdlActionType.RecoverSchema or DdlActionType.FlashbackCluster:
                throw Refuse(change, "it brings back rows that the binlog doesn't hold. Copy the tables concerned from the upstream as of this commit TS");
            default:
                throw Refuse(change, "this version doesn't know such a job, or the schema history lacks the table. Make the same change on the target by hand");
        }
    }

    /// <summary>Jobs that change one table's definition; all of them follow from the definition before and after.</summary>
    private static bool IsTableChange(DdlActionType type) => type
        is DdlActionType.AddColumn or DdlActionType.DropColumn or DdlActionType.AddColumns or DdlActionType.DropColumns
        or DdlActionType.ModifyColumn or DdlActionType.SetDefaultValue
        or DdlActionType.AddIndex or DdlActionType.DropIndex or DdlActionType.DropIndexes or DdlActionType.RenameIndex
        or DdlActionType.AddPrimaryKey or DdlActionType.DropPrimaryKey
        or DdlActionType.AddForeignKey or DdlActionType.DropForeignKey
        or DdlActionType.RebaseAutoId or DdlActionType.ModifyTableComment or DdlActionType.ModifyTableCharset
        or DdlActionType.MultiSchemaChange or DdlActionType.RepairTable;

    /// <summary>
    /// Jobs about things that only TiDB has, or that change neither rows nor definitions. Check constraints are among them: the
    /// upstream has checked, and the target's tables are made without.
    /// </summary>
    private static bool IsMeaningless(DdlActionType type) => type
        is DdlActionType.ShardRowId or DdlActionType.LockTable or DdlActionType.UnlockTable
        or DdlActionType.SetTiFlashReplica or DdlActionType.UpdateTiFlashReplicaStatus
        or DdlActionType.ModifyAutoIdCache or DdlActionType.RebaseAutoRandomBase
        or DdlActionType.AddCheckConstraint or DdlActionType.DropCheckConstraint or DdlActionType.AlterCheckConstraint
        or DdlActionType.AlterTableAttributes or DdlActionType.AlterTablePartitionAttributes
        or DdlActionType.CreatePlacementPolicy or DdlActionType.AlterPlacementPolicy or DdlActionType.DropPlacementPolicy
        or DdlActionType.AlterTablePartitionPlacement or DdlActionType.ModifySchemaDefaultPlacement or DdlActionType.AlterTablePlacement
        or DdlActionType.AlterCacheTable or DdlActionType.AlterNoCacheTable or DdlActionType.AlterTableStatsOptions
        or DdlActionType.AlterTtlInfo or DdlActionType.AlterTtlRemove
        or DdlActionType.CreateResourceGroup or DdlActionType.AlterResourceGroup or DdlActionType.DropResourceGroup
        or DdlActionType.AddVectorIndex;

    private DdlPlan PlanDatabase(SchemaChange change)
    {
        string name = SqlText.Name(change.SchemaName);
        string charset = dialect.CharsetClause(change.Database?.Charset ?? "", change.Database?.Collate ?? "");
        string statement = change.Job.Type switch
        {
            DdlActionType.CreateSchema => $"CREATE DATABASE IF NOT EXISTS {name} {charset}",
            DdlActionType.DropSchema => $"DROP DATABASE IF EXISTS {name}",
            _ => $"ALTER DATABASE {name} {charset}",
        };
        return new DdlPlan([statement], [new DdlObject(change.SchemaName, null)]);
    }

    private DdlPlan PlanRenames(SchemaChange change)
    {
        string database = change.Job.SchemaName.Length > 0 ? change.Job.SchemaName : change.SchemaName;
        List<DdlObject> objects = RenamedTables.Find(change.Query, database);
        return objects.Count > 0
            ? new DdlPlan([change.Query], objects, database)
            : throw Refuse(change, "the names in its text were not understood. Rename the tables on the target by hand");
    }

    /// <summary>Swaps rows between a table and a partition; no definition changes, so the rows themselves have to tell what has been done.</summary>
    private static DdlPlan PlanExchange(SchemaChange change)
    {
        string? partition = change.After?.Info.Partition?.Definitions.FirstOrDefault(definition => definition.Id == change.Job.TableId)?.Name;
        if (partition is null || change.Tables is not [var table])
        {
            throw new NotSupportedException("the names of the partition and the table that were exchanged");
        }

        return new DdlPlan(
            [$"ALTER TABLE {Name(change.After!)} EXCHANGE PARTITION {SqlText.Name(partition)} WITH TABLE {Name(table)}"],
            [Object(change.After!) with { WithContent = true }, Object(table) with { WithContent = true }]);
    }

    /// <summary>The definer is left out: the upstream's users need not exist here.</summary>
    private static string CreateView(TableSchema view)
    {
        IReadOnlyList<string> columns = view.Info.View!.Columns;
        return $"CREATE OR REPLACE VIEW {Name(view)}{(columns.Count > 0 ? $" ({SqlText.Names(columns)})" : "")} AS {view.Info.View.Select}";
    }

    /// <summary>The upstream's own text, run in the database that it was written for.</summary>
    private DdlPlan Verbatim(SchemaChange change) => string.IsNullOrWhiteSpace(change.Query)
        ? throw Refuse(change, "the binlog has no text for it. Make the same change on the target by hand")
        : new DdlPlan([change.Query], Objects(change), change.SchemaName);

    private static List<DdlObject> Objects(SchemaChange change)
    {
        List<DdlObject> objects = [];
        foreach (TableSchema? table in (ReadOnlySpan<TableSchema?>)[change.Before, change.After])
        {
            if (table is not null && !objects.Contains(Object(table)))
            {
                objects.Add(Object(table));
            }
        }

        return objects.Count > 0 || change.Job.TableName.Length == 0 ? objects : [new DdlObject(change.SchemaName, change.Job.TableName)];
    }

    private static DdlObject Object(TableSchema table) => new(table.SchemaName, table.TableName);

    private static string Name(TableSchema table) => SqlText.Name(table.SchemaName, table.TableName);

    private TargetException Refuse(SchemaChange change, string why, Exception? inner = null) => new(
        string.Create(CultureInfo.InvariantCulture, $"{target}: the schema change at commit TS {change.CommitTs} (job {change.Job.Id}, {change.Job.Type}, schema version {change.Job.Binlog.SchemaVersion}) can't be applied: {why}, then move the checkpoint past it. Statement: {SqlText.Excerpt(change.Query)}"),
        isTransient: false,
        inner);
}
