using System.Globalization;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>The checkpoint's row, one per upstream cluster. It moves only from where this session left it.</summary>
internal sealed class SqliteCheckpoint(SqliteDatabase database, ulong clusterId) : IDisposable
{
    /// <summary>Version of the tables of ours that this code reads and writes.</summary>
    public const int FormatVersion = 1;

    private readonly string _clusterId = clusterId.ToString(CultureInfo.InvariantCulture);
    private SqliteStatement? _move;
    private Checkpoint? _current;

    /// <summary>Makes our tables in a file that doesn't have them, or checks that they are of a format we know.</summary>
    /// <exception cref="TargetException">The file belongs to another program or to a newer version.</exception>
    public void Prepare()
    {
        string version = database.QueryText("PRAGMA user_version") ?? "0";
        bool isOurs = database.QueryText($"SELECT name FROM sqlite_master WHERE name = '{SqliteNames.CheckpointTable}'") is not null;
        if (isOurs && version == FormatVersion.ToString(CultureInfo.InvariantCulture))
        {
            return;
        }

        if (isOurs || version != "0")
        {
            throw new TargetException(
                isOurs
                    ? $"SQLite file {database.Path} has format {version}, this program knows format {FormatVersion}. Use the version that wrote it."
                    : $"SQLite file {database.Path} belongs to another program (user_version {version}). Name another file in drainer.downstream.file.",
                isTransient: false);
        }

        database.Execute("BEGIN IMMEDIATE");
        database.Execute(
            $"CREATE TABLE {SqliteNames.CheckpointTable} (cluster_id TEXT PRIMARY KEY, commit_ts INTEGER NOT NULL, schema_version INTEGER NOT NULL) WITHOUT ROWID");
        database.Execute(
            $"CREATE TABLE {SqliteNames.TableTable} (name TEXT PRIMARY KEY, schema_name TEXT NOT NULL, table_name TEXT NOT NULL, " +
            "upstream_id INTEGER NOT NULL UNIQUE, schema_version INTEGER NOT NULL)");
        database.Execute(
            $"CREATE TABLE {SqliteNames.ColumnTable} (name TEXT NOT NULL, position INTEGER NOT NULL, column_name TEXT NOT NULL, mysql_type TEXT NOT NULL, " +
            "is_left_out INTEGER NOT NULL, PRIMARY KEY (name, position)) WITHOUT ROWID");
        database.Execute($"PRAGMA user_version = {FormatVersion}");
        database.Execute("COMMIT");
    }

    /// <summary>Reads the checkpoint; null when this cluster never replicated into the file.</summary>
    /// <exception cref="TargetException">Reading failed.</exception>
    public Checkpoint? Read()
    {
        using SqliteStatement statement = database.Prepare($"SELECT commit_ts, schema_version FROM {SqliteNames.CheckpointTable} WHERE cluster_id = ?");
        statement.Bind(1, _clusterId);
        _current = statement.Step() ? new Checkpoint((ulong)statement.Integer(0), statement.Integer(1)) : null;
        return _current;
    }

    /// <summary>Moves the checkpoint, inside the open transaction.</summary>
    /// <exception cref="TargetException">Somebody else has moved it, or writing failed.</exception>
    public void Move(Checkpoint checkpoint)
    {
        if (_current is null)
        {
            using SqliteStatement insert = database.Prepare($"INSERT INTO {SqliteNames.CheckpointTable} VALUES (?, ?, ?)");
            insert.Bind(1, _clusterId);
            insert.Bind(2, (long)checkpoint.CommitTs);
            insert.Bind(3, checkpoint.SchemaVersion);
            insert.Step();
            return;
        }

        _move ??= database.Prepare(
            $"UPDATE {SqliteNames.CheckpointTable} SET commit_ts = ?, schema_version = ? WHERE cluster_id = ? AND commit_ts = ? AND schema_version = ?");
        _move.Bind(1, (long)checkpoint.CommitTs);
        _move.Bind(2, checkpoint.SchemaVersion);
        _move.Bind(3, _clusterId);
        _move.Bind(4, (long)_current.CommitTs);
        _move.Bind(5, _current.SchemaVersion);
        _move.Step();
        if (database.Changes != 1)
        {
            throw new TargetException(
                $"The checkpoint in SQLite file {database.Path} is no longer at commit TS {_current.CommitTs}: another process replicates cluster {_clusterId} into it. " +
                "Stop one of them.",
                isTransient: true);
        }
    }

    /// <summary>Notes that the transaction which moved the checkpoint has been committed.</summary>
    public void Committed(Checkpoint checkpoint) => _current = checkpoint;

    /// <inheritdoc/>
    public void Dispose() => _move?.Dispose();
}
