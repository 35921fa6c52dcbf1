using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>
/// Makes an upstream schema change in the file, inside the open transaction. Works from the tracked schema before and after the
/// change; the SQL text is never run.
/// </summary>
internal sealed class SqliteSchemaWriter
{
    private readonly SqliteDatabase _database;
    private readonly SqliteCatalog _catalog;
    private readonly SqliteTableAlteration _alteration;
    private readonly SqlitePartitions _partitions;

    /// <summary>Works on an open file.</summary>
    public SqliteSchemaWriter(SqliteDatabase database)
    {
        _database = database;
        _catalog = new SqliteCatalog(database);
        _alteration = new SqliteTableAlteration(database);
        _partitions = new SqlitePartitions(database);
    }

    /// <summary>Makes a change.</summary>
    /// <exception cref="TargetException">It can't be made; the message names the job and the reason.</exception>
    public void Apply(SchemaChange change)
    {
        try
        {
            Make(change);
        }
        catch (TargetException exception)
        {
            throw new TargetException(
                $"Schema change {change.Job.Type} (job {change.Job.Id}, commit TS {change.CommitTs}) failed: {change.Query} — {exception.Message}",
                exception.IsTransient, exception);
        }
    }

    private void Make(SchemaChange change)
    {
        switch (change.Job.Type)
        {
            case DdlActionType.FlashbackCluster or DdlActionType.RecoverTable or DdlActionType.RecoverSchema:
                throw new TargetException(
                    "It brings back rows that the upstream writes no binlog for, so the target can't follow. Replicate into a new file from a fresh copy of the upstream.",
                    isTransient: false);
            case DdlActionType.DropSchema:
                foreach (TableSchema table in change.Tables)
                {
                    Drop(table);
                }

                break;
            case DdlActionType.CreateTables:
                foreach (TableSchema table in change.Tables)
                {
                    Create(table);
                }

                break;
            case DdlActionType.RenameTables:
                Rename(change.Tables);
                break;
            case DdlActionType.ExchangePartition:
                Exchange(change);
                break;
            default:
                Change(change);
                break;
        }
    }

    private void Change(SchemaChange change)
    {
        if (change.Before is null)
        {
            if (change.After is not null)
            {
                Create(change.After);
            }
        }
        else if (change.After is null)
        {
            Drop(change.Before);
        }
        else if (change.Job.Type == DdlActionType.TruncateTable)
        {
            Drop(change.Before);
            Create(change.After);
        }
        else if (HasRows(change.After))
        {
            if (change.Job.Type is DdlActionType.DropPartition or DdlActionType.TruncatePartition or DdlActionType.MultiSchemaChange)
            {
                _partitions.DeleteLost(change.Before, change.After);
            }

            var after = new SqliteTable(change.After);
            _alteration.Alter(new SqliteTable(change.Before), after, change);
            _catalog.Remove(change.Before.Info.Id);
            _catalog.Put(after);
        }
    }

    private void Create(TableSchema schema)
    {
        if (!HasRows(schema))
        {
            return;
        }

        var table = new SqliteTable(schema);
        _database.Execute(table.CreateStatement(table.Name));
        foreach (SqliteIndex index in table.Indexes)
        {
            _database.Execute(table.CreateStatement(index));
        }

        _catalog.Put(table);
    }

    private void Drop(TableSchema schema)
    {
        if (HasRows(schema))
        {
            _database.Execute($"DROP TABLE IF EXISTS {SqliteNames.Quote(SqliteNames.Of(schema))}");
            _catalog.Remove(schema.Info.Id);
        }
    }

    /// <summary>By way of names that nothing has, because one table may take another's name.</summary>
    private void Rename(IReadOnlyList<TableSchema> tables)
    {
        var renamed = tables.Where(HasRows).ToList();
        foreach (TableSchema table in renamed)
        {
            _database.Execute($"ALTER TABLE {SqliteNames.Quote(_catalog.NameOf(table))} RENAME TO \"{SqliteNames.RebuildTable}_{table.Info.Id}\"");
            _catalog.Remove(table.Info.Id);
        }

        foreach (TableSchema table in renamed)
        {
            _database.Execute($"ALTER TABLE \"{SqliteNames.RebuildTable}_{table.Info.Id}\" RENAME TO {SqliteNames.Quote(SqliteNames.Of(table))}");
            _catalog.Put(new SqliteTable(table));
        }
    }

    private void Exchange(SchemaChange change)
    {
        var partitioned = new SqliteTable(change.Before!);
        var exchanged = new SqliteTable(change.Tables[0]);
        PartitionDefinition given = change.Before!.Info.Partition!.Definitions.Single(partition => partition.Id == change.Tables[0].Info.Id);
        _partitions.Exchange(partitioned, given, exchanged);
        _catalog.Remove(change.Job.TableId);
        _alteration.RenewIndexes(change.Job.TableId, exchanged);
        _catalog.Put(exchanged);
        _catalog.Put(new SqliteTable(change.After!));
    }

    private static bool HasRows(TableSchema schema) => !schema.Info.IsView && !schema.Info.IsSequence;
}
