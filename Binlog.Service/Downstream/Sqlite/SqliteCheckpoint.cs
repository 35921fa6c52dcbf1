using System.Globalization;
using Binlog.Service.Downstream.Claiming;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>The checkpoint's row, one per upstream cluster. Each session takes the next epoch, and moves the row only from where it left it.</summary>
internal sealed class SqliteCheckpoint(SqliteDatabase database, ulong clusterId, TargetClaim claim) : IDisposable
{
    /// <summary>Version of the tables of ours that this code reads and writes.</summary>
    public const int FormatVersion = 2;

    private const string EpochColumns = "epoch INTEGER NOT NULL DEFAULT 0, holder TEXT NOT NULL DEFAULT ''";

    private readonly string _clusterId = clusterId.ToString(CultureInfo.InvariantCulture);
    private SqliteStatement? _move;
    private Checkpoint? _current;
    private ulong _epoch = 1;

    /// <summary>Reads who took the file last, and how far it is.</summary>
    /// <exception cref="TargetException">Reading failed, or the file has no such table.</exception>
    public static (string? Holder, ulong? CommitTs) ReadHolder(SqliteDatabase database, ulong clusterId)
    {
        using SqliteStatement statement = database.Prepare($"SELECT holder, commit_ts FROM {SqliteNames.CheckpointTable} WHERE cluster_id = ?");
        statement.Bind(1, clusterId.ToString(CultureInfo.InvariantCulture));
        return statement.Step() && statement.Text(0) is { Length: > 0 } holder ? (holder, (ulong)statement.Integer(1)) : (null, null);
    }

    /// <summary>The checkpoint of a cluster, for one who only looks; null when there is none. Of a file that has our tables, in any known format.</summary>
    /// <exception cref="TargetException">Reading failed.</exception>
    public static Checkpoint? Look(SqliteDatabase database, ulong clusterId)
    {
        using SqliteStatement statement = database.Prepare($"SELECT commit_ts, schema_version FROM {SqliteNames.CheckpointTable} WHERE cluster_id = ?");
        statement.Bind(1, clusterId.ToString(CultureInfo.InvariantCulture));
        return statement.Step() ? new Checkpoint((ulong)statement.Integer(0), statement.Integer(1)) : null;
    }

    /// <summary>Whether a file's format is one that can be opened.</summary>
    public static bool Knows(string version) => int.TryParse(version, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= FormatVersion;

    /// <summary>Makes our tables in a file that doesn't have them, brings older ones up to date, or checks that they are of a format we know.</summary>
    /// <exception cref="TargetException">The file belongs to another program or to a newer version.</exception>
    public void Prepare()
    {
        string version = database.QueryText("PRAGMA user_version") ?? "0";
        bool isOurs = database.QueryText($"SELECT name FROM sqlite_master WHERE name = '{SqliteNames.CheckpointTable}'") is not null;
        if (isOurs && version == FormatVersion.ToString(CultureInfo.InvariantCulture))
        {
            return;
        }

        if (isOurs && version == "1")
        {
            AddEpoch();
            return;
        }

        if (isOurs || version != "0")
        {
            throw new TargetException(
                isOurs
                    ? $"SQLite file {database.Path} has format {version}, this program knows formats 1 and {FormatVersion}. Use the version that wrote it."
                    : $"SQLite file {database.Path} belongs to another program (user_version {version}). Name another file in drainer.downstream.file.",
                isTransient: false);
        }

        database.Execute("BEGIN IMMEDIATE");
        database.Execute(
            $"CREATE TABLE {SqliteNames.CheckpointTable} (cluster_id TEXT PRIMARY KEY, commit_ts INTEGER NOT NULL, schema_version INTEGER NOT NULL, {EpochColumns}) WITHOUT ROWID");
        database.Execute(
            $"CREATE TABLE {SqliteNames.TableTable} (name TEXT PRIMARY KEY, schema_name TEXT NOT NULL, table_name TEXT NOT NULL, " +
            "upstream_id INTEGER NOT NULL UNIQUE, schema_version INTEGER NOT NULL)");
        database.Execute(
            $"CREATE TABLE {SqliteNames.ColumnTable} (name TEXT NOT NULL, position INTEGER NOT NULL, column_name TEXT NOT NULL, mysql_type TEXT NOT NULL, " +
            "is_left_out INTEGER NOT NULL, PRIMARY KEY (name, position)) WITHOUT ROWID");
        database.Execute($"PRAGMA user_version = {FormatVersion}");
        database.Execute("COMMIT");
    }

    /// <summary>Takes the next epoch and returns the checkpoint; null when this cluster never replicated into the file.</summary>
    /// <exception cref="TargetException">Another process has taken the file over from this one, or reading or writing failed.</exception>
    public Checkpoint? Take()
    {
        database.Execute("BEGIN IMMEDIATE");
        Read();
        if (_current is not null)
        {
            _epoch++;
            using SqliteStatement take = database.Prepare($"UPDATE {SqliteNames.CheckpointTable} SET epoch = ?, holder = ? WHERE cluster_id = ?");
            take.Bind(1, (long)_epoch);
            take.Bind(2, claim.Holder);
            take.Bind(3, _clusterId);
            take.Step();
        }

        database.Execute("COMMIT");
        claim.Took(_current is null ? null : _epoch);
        return _current;
    }

    /// <summary>Moves the checkpoint, inside the open transaction.</summary>
    /// <exception cref="TargetException">Somebody else has moved it, or writing failed.</exception>
    public void Move(Checkpoint checkpoint)
    {
        if (_current is null)
        {
            using SqliteStatement insert = database.Prepare($"INSERT INTO {SqliteNames.CheckpointTable} (cluster_id, commit_ts, schema_version, epoch, holder) VALUES (?, ?, ?, ?, ?)");
            insert.Bind(1, _clusterId);
            insert.Bind(2, (long)checkpoint.CommitTs);
            insert.Bind(3, checkpoint.SchemaVersion);
            insert.Bind(4, (long)_epoch);
            insert.Bind(5, claim.Holder);
            insert.Step();
            return;
        }

        _move ??= database.Prepare(
            $"UPDATE {SqliteNames.CheckpointTable} SET commit_ts = ?, schema_version = ? WHERE cluster_id = ? AND epoch = ? AND commit_ts = ? AND schema_version = ?");
        _move.Bind(1, (long)checkpoint.CommitTs);
        _move.Bind(2, checkpoint.SchemaVersion);
        _move.Bind(3, _clusterId);
        _move.Bind(4, (long)_epoch);
        _move.Bind(5, (long)_current.CommitTs);
        _move.Bind(6, _current.SchemaVersion);
        _move.Step();
        if (database.Changes != 1)
        {
            Checkpoint mine = _current;
            Read();
            throw new TargetException(
                $"The checkpoint in SQLite file {database.Path} is no longer at commit TS {mine.CommitTs}: another process replicates cluster {_clusterId} into it. " +
                "Stop one of them.",
                isTransient: true);
        }
    }

    /// <summary>Notes that the transaction which moved the checkpoint has been committed.</summary>
    public void Committed(Checkpoint checkpoint)
    {
        if (_current is null)
        {
            claim.Took(_epoch);
        }

        _current = checkpoint;
    }

    /// <inheritdoc/>
    public void Dispose() => _move?.Dispose();

    private void AddEpoch()
    {
        database.Execute("BEGIN IMMEDIATE");
        foreach (string column in EpochColumns.Split(", "))
        {
            database.Execute($"ALTER TABLE {SqliteNames.CheckpointTable} ADD COLUMN {column}");
        }

        database.Execute($"PRAGMA user_version = {FormatVersion}");
        database.Execute("COMMIT");
    }

    /// <exception cref="TargetException">Another process has the file's epoch.</exception>
    private void Read()
    {
        using SqliteStatement statement = database.Prepare($"SELECT commit_ts, schema_version, epoch, holder FROM {SqliteNames.CheckpointTable} WHERE cluster_id = ?");
        statement.Bind(1, _clusterId);
        _current = null;
        if (statement.Step())
        {
            _current = new Checkpoint((ulong)statement.Integer(0), statement.Integer(1));
            _epoch = (ulong)statement.Integer(2);
            claim.ExpectNotFenced($"SQLite file {database.Path}", _epoch, statement.Text(3), _current.CommitTs);
        }
    }
}
