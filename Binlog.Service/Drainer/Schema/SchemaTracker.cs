using Binlog.Service.Downstream;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Drainer.Schema;

/// <summary>
/// The upstream's databases and tables at one schema version, by ID, kept up to date by DDL jobs. It knows which tables went,
/// so that rows which were committed late can be told from rows of a table that nobody knows.
/// </summary>
/// <remarks>Not thread-safe. The <see cref="TableSchema"/> objects it hands out are immutable and cached.</remarks>
internal sealed partial class SchemaTracker
{
    private readonly Dictionary<long, DbInfo> _databases = new()
    {
        [SystemSchemas.MySqlId] = new DbInfo { Id = SystemSchemas.MySqlId, Name = "mysql", State = SchemaState.Public },
    };

    private readonly Dictionary<long, TrackedTable> _tables = [];
    private readonly Dictionary<long, long> _dropped = [];
    private readonly Dictionary<long, List<TrackedTable>> _droppedSchemas = [];
    private readonly HashSet<long> _appliedVersions = [];
    private long _caughtUpTo;

    /// <summary>Schema version of the newest applied job; 0 when there is none.</summary>
    public long Version { get; private set; }

    /// <summary>Every table that has rows and isn't TiDB's own.</summary>
    public IEnumerable<TableSchema> UserTables =>
        _tables.Values.Where(table => !table.IsSystem && !table.Info.IsView && !table.Info.IsSequence).Select(table => table.Schema);

    /// <summary>Builds the schema as it was at a version from the history.</summary>
    /// <param name="history">The jobs.</param>
    /// <param name="version">Newest version to include; a checkpoint's <see cref="Checkpoint.SchemaVersion"/>.</param>
    /// <param name="cancellationToken">Stops the replay.</param>
    /// <exception cref="SchemaHistoryException">The history can't be read or contradicts itself.</exception>
    public static async Task<SchemaTracker> ReplayAsync(ISchemaHistory history, long version, CancellationToken cancellationToken)
    {
        var tracker = new SchemaTracker();
        await tracker.CatchUpAsync(history, version, cancellationToken);
        return tracker;
    }

    /// <summary>
    /// The schema version in force at a commit TS: of the newest job that finished no later. Serves a Drainer that starts at a
    /// commit TS without a checkpoint.
    /// </summary>
    /// <exception cref="SchemaHistoryException">The history can't be read.</exception>
    public static async Task<long> VersionAtAsync(ISchemaHistory history, ulong commitTs, CancellationToken cancellationToken)
    {
        long version = 0;
        await foreach (DdlJob job in history.JobsAfterAsync(0, long.MaxValue, cancellationToken))
        {
            if (job.Binlog.FinishedTs <= commitTs)
            {
                version = job.Binlog.SchemaVersion;
            }
        }

        return version;
    }

    /// <summary>Applies the history's jobs up to a version. Asks the history once per version.</summary>
    /// <exception cref="SchemaHistoryException">The history can't be read or contradicts what is known.</exception>
    public async Task CatchUpAsync(ISchemaHistory history, long version, CancellationToken cancellationToken)
    {
        if (version <= Math.Max(_caughtUpTo, Version))
        {
            return;
        }

        await foreach (DdlJob job in history.JobsAfterAsync(Version, version, cancellationToken))
        {
            if (!HasApplied(job))
            {
                Apply(job);
            }
        }

        _caughtUpTo = version;
    }

    /// <summary>Whether <see cref="CatchUpAsync"/> to the version would have anything to ask.</summary>
    public bool IsBehind(long version) => version > _caughtUpTo && version > Version;

    /// <summary>Whether the job is part of the tracked schema.</summary>
    public bool HasApplied(DdlJob job) => _appliedVersions.Contains(job.Binlog.SchemaVersion);

    /// <summary>The table as it is now; null when it is unknown or gone.</summary>
    public TableSchema? Find(long tableId) => _tables.TryGetValue(tableId, out TrackedTable? table) ? table.Schema : null;

    /// <summary>Whether the table existed and was dropped, truncated or replaced: its rows that arrive now have nowhere to go.</summary>
    public bool IsDropped(long tableId) => _dropped.ContainsKey(tableId);

    /// <summary>Schema version at which the table went; null when it didn't.</summary>
    public long? DroppedAt(long tableId) => _dropped.TryGetValue(tableId, out long version) ? version : null;

    /// <summary>Whether the table belongs to TiDB itself.</summary>
    public bool IsSystem(long tableId) =>
        tableId > SystemSchemas.MaxUserTableId || (_tables.TryGetValue(tableId, out TrackedTable? table) && table.IsSystem);

    /// <summary>Whether a DROP COLUMN is under way, so that rows may lack a column.</summary>
    public bool IsDroppingColumn(long tableId) => _tables.TryGetValue(tableId, out TrackedTable? table) && table.IsDroppingColumn;

    /// <summary>Notes that a DROP COLUMN is under way; the job that finishes it takes the note away.</summary>
    public void MarkDroppingColumn(long tableId)
    {
        if (_tables.TryGetValue(tableId, out TrackedTable? table))
        {
            table.IsDroppingColumn = true;
        }
    }

    /// <summary>Whether the job concerns TiDB's own schemas.</summary>
    public bool IsSystem(DdlJob job)
    {
        string? name = job.Binlog.DbInfo?.Name ?? (_databases.TryGetValue(job.SchemaId, out DbInfo? database) ? database.Name : null);
        return job.TableId > SystemSchemas.MaxUserTableId || SystemSchemas.Contains(name ?? job.SchemaName);
    }
}
