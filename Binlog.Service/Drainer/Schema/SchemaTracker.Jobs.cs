using Binlog.Service.Downstream;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Drainer.Schema;

/// <content>What each job type does to the tracked schema.</content>
internal sealed partial class SchemaTracker
{
    /// <summary>
    /// Applies a job and says what changed; null when the job changes no schema: it failed, or its type is of no concern
    /// (<see cref="DdlJobKinds.IsIgnored"/>).
    /// </summary>
    /// <exception cref="SchemaHistoryException">The job contradicts what is known, or lacks what its type needs.</exception>
    public TrackedChange? Apply(DdlJob job)
    {
        long version = job.Binlog.SchemaVersion;
        if (!job.IsApplicable || version <= 0)
        {
            return null;
        }

        TrackedChange? change = job.Type.IsIgnored() || job.TableId > SystemSchemas.MaxUserTableId ? null : Change(job);
        _appliedVersions.Add(version);
        Version = Math.Max(Version, version);
        return change;
    }

    private TrackedChange Change(DdlJob job) => job.Type switch
    {
        DdlActionType.CreateSchema or DdlActionType.ModifySchemaCharset => SetDatabase(job),
        DdlActionType.DropSchema => DropDatabase(job),
        DdlActionType.RecoverSchema => RecoverDatabase(job),
        DdlActionType.CreateTable or DdlActionType.CreateSequence or DdlActionType.RecoverTable => Create(job),
        DdlActionType.CreateView => CreateView(job),
        DdlActionType.CreateTables => CreateTables(job),
        DdlActionType.DropTable or DdlActionType.DropView or DdlActionType.DropSequence => Drop(job),
        DdlActionType.RenameTable => Rename(job),
        DdlActionType.RenameTables => RenameTables(job),
        DdlActionType.ExchangePartition => ExchangePartition(job),
        DdlActionType.FlashbackCluster => new TrackedChange { SchemaName = job.SchemaName },
        _ => Replace(job),
    };

    private TrackedChange SetDatabase(DdlJob job)
    {
        DbInfo database = job.Binlog.DbInfo ?? throw Lacks(job, "database definition");
        _databases[database.Id] = database;
        return new TrackedChange { SchemaName = database.Name, Database = database };
    }

    private TrackedChange DropDatabase(DdlJob job)
    {
        string name = NameOf(job, job.SchemaId);
        List<TrackedTable> tables = [.. _tables.Values.Where(table => table.SchemaId == job.SchemaId)];
        foreach (TrackedTable table in tables)
        {
            Forget(table.Info.Id, job);
        }

        _databases.Remove(job.SchemaId, out DbInfo? database);
        _droppedSchemas[job.SchemaId] = tables;
        return new TrackedChange
        {
            SchemaName = name,
            Database = job.Binlog.DbInfo ?? database,
            Tables = [.. tables.Select(table => table.Schema)],
        };
    }

    private TrackedChange RecoverDatabase(DdlJob job)
    {
        TrackedChange database = SetDatabase(job);
        _droppedSchemas.Remove(job.SchemaId, out List<TrackedTable>? tables);
        return database with { Tables = [.. (tables ?? []).Select(table => Put(job, job.SchemaId, table.Info).Schema)] };
    }

    private TrackedChange Create(DdlJob job)
    {
        TrackedTable table = Put(job, job.SchemaId, TableOf(job));
        return new TrackedChange { SchemaName = table.SchemaName, After = table.Schema };
    }

    private TrackedChange CreateView(DdlJob job)
    {
        TableInfo info = TableOf(job);
        TrackedTable? replaced = _tables.Values.FirstOrDefault(table => table.SchemaId == job.SchemaId && table.Info.Id != info.Id
            && string.Equals(table.Info.Name, info.Name, StringComparison.OrdinalIgnoreCase));
        if (replaced is not null)
        {
            Forget(replaced.Info.Id, job);
        }

        return Create(job) with { Before = replaced?.Schema };
    }

    private TrackedChange CreateTables(DdlJob job)
    {
        IReadOnlyList<TableInfo> infos = job.Binlog.MultipleTableInfos ?? throw Lacks(job, "table definitions");
        return new TrackedChange
        {
            SchemaName = NameOf(job, job.SchemaId),
            Tables = [.. infos.Where(info => info.Id <= SystemSchemas.MaxUserTableId).Select(info => Put(job, job.SchemaId, info).Schema)],
        };
    }

    private TrackedChange Drop(DdlJob job)
    {
        TrackedTable table = Known(job, job.TableId);
        Forget(job.TableId, job);
        return new TrackedChange { SchemaName = table.SchemaName, Before = table.Schema };
    }

    private TrackedChange Rename(DdlJob job)
    {
        TableInfo info = TableOf(job);
        TrackedTable before = Known(job, info.Id);
        TrackedTable after = Put(job, job.SchemaId, info);
        return new TrackedChange { SchemaName = after.SchemaName, Before = before.Schema, After = after.Schema };
    }

    /// <summary>
    /// The job names new definitions but not their databases: those are in the statement, and in the arguments when the
    /// finished job still has them (a list of new database IDs is the second).
    /// </summary>
    private TrackedChange RenameTables(DdlJob job)
    {
        IReadOnlyList<TableInfo> infos = job.Binlog.MultipleTableInfos ?? (job.Binlog.TableInfo is { } single ? [single] : throw Lacks(job, "table definitions"));
        IReadOnlyList<RenamePair>? pairs = RenamePair.Parse(job.Query);
        var tables = new List<TableSchema>(infos.Count);
        foreach (TableInfo info in infos.DistinctBy(info => info.Id))
        {
            TrackedTable before = Known(job, info.Id);
            long schemaId = RenamedInto(job, pairs, before, info.Name);
            tables.Add(Put(job, schemaId, infos.Last(last => last.Id == info.Id)).Schema);
        }

        return new TrackedChange { SchemaName = tables[^1].SchemaName, Tables = tables };
    }

    private long RenamedInto(DdlJob job, IReadOnlyList<RenamePair>? pairs, TrackedTable before, string newName)
    {
        if (pairs is null)
        {
            throw new SchemaHistoryException(
                $"DDL job {job.Id} renames several tables with a statement that can't be read, so that their databases are unknown: {job.Query}",
                job.Id);
        }

        List<RenamePair> candidates = [.. pairs.Where(pair => Same(pair.NewTable, newName))];
        RenamePair pair = candidates.Count == 1
            ? candidates[0]
            : candidates.LastOrDefault(pair => Same(pair.OldTable, before.Info.Name) && Same(pair.OldSchema ?? before.SchemaName, before.SchemaName));
        if (pair.NewSchema is null)
        {
            return before.SchemaId;
        }

        return _databases.FirstOrDefault(database => Same(database.Value.Name, pair.NewSchema)) is { Value: not null } found
            ? found.Key
            : throw new SchemaHistoryException($"DDL job {job.Id} renames a table into database `{pair.NewSchema}`, which isn't known.", job.Id);

        static bool Same(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>
    /// The job names the table by its old ID and carries the partitioned table: the table's ID has become the partition's, and the
    /// partition's the table's.
    /// </summary>
    private TrackedChange ExchangePartition(DdlJob job)
    {
        TableInfo after = TableOf(job);
        TrackedTable partitioned = Known(job, after.Id);
        TrackedTable table = Known(job, job.TableId);
        PartitionDefinition? taken = after.Partition?.Definitions.FirstOrDefault(partition => partition.Id == job.TableId);
        PartitionDefinition? given = partitioned.Info.Partition?.Definitions.FirstOrDefault(partition => partition.Name == taken?.Name);
        if (given is null)
        {
            throw Lacks(job, $"partition that became of table {table.Schema}");
        }

        _tables.Remove(job.TableId);
        TrackedTable exchanged = Put(job, table.SchemaId, table.Info with { Id = given.Id });
        return new TrackedChange
        {
            SchemaName = partitioned.SchemaName,
            Before = partitioned.Schema,
            After = Put(job, partitioned.SchemaId, after).Schema,
            Tables = [exchanged.Schema],
        };
    }

    /// <summary>Every other job: the table gets the job's definition; truncating and repartitioning give it a new ID as well.</summary>
    private TrackedChange Replace(DdlJob job)
    {
        TableInfo info = TableOf(job);
        TrackedTable before = Known(job, job.TableId);
        if (info.Id != job.TableId)
        {
            Forget(job.TableId, job);
        }

        return new TrackedChange
        {
            SchemaName = before.SchemaName,
            Before = before.Schema,
            After = Put(job, before.SchemaId, info).Schema,
        };
    }

    private TrackedTable Put(DdlJob job, long schemaId, TableInfo info)
    {
        if (_tables.TryGetValue(info.Id, out TrackedTable? known) && known.SchemaVersion > job.Binlog.SchemaVersion)
        {
            return new TrackedTable(schemaId, NameOf(job, schemaId), info, job.Binlog.SchemaVersion);
        }

        _dropped.Remove(info.Id);
        return _tables[info.Id] = new TrackedTable(schemaId, NameOf(job, schemaId), info, job.Binlog.SchemaVersion);
    }

    private void Forget(long tableId, DdlJob job)
    {
        _tables.Remove(tableId);
        _dropped[tableId] = job.Binlog.SchemaVersion;
    }

    private string NameOf(DdlJob job, long schemaId) => _databases.TryGetValue(schemaId, out DbInfo? database)
        ? database.Name
        : throw new SchemaHistoryException(
            $"DDL job {job.Id} ({job.Type}, schema version {job.Binlog.SchemaVersion}) concerns database {schemaId}, which no earlier job made: " +
            "the DDL history is incomplete. It must reach back to the start of the cluster.",
            job.Id);

    private TrackedTable Known(DdlJob job, long tableId) => _tables.TryGetValue(tableId, out TrackedTable? table)
        ? table
        : throw new SchemaHistoryException(
            $"DDL job {job.Id} ({job.Type}, schema version {job.Binlog.SchemaVersion}) concerns table {tableId}, which no earlier job made: " +
            "the DDL history is incomplete. It must reach back to the start of the cluster.",
            job.Id);

    private static TableInfo TableOf(DdlJob job) => job.Binlog.TableInfo ?? throw Lacks(job, "table definition");

    private static SchemaHistoryException Lacks(DdlJob job, string what) => new(
        $"DDL job {job.Id} ({job.Type}, schema version {job.Binlog.SchemaVersion}) has no {what}: {job.Query}", job.Id);
}
