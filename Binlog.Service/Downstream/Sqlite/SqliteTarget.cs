using Binlog.Service.Downstream.Claiming;
using Microsoft.Data.Sqlite;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>
/// Replicates into one SQLite file. SQLite's schema changes are transactional, so a schema change and its checkpoint are one transaction as rows
/// and theirs are. Layout of the file: docs/formats/sqlite-target.md.
/// </summary>
/// <remarks>
/// SQLite works on the calling thread. While the target is open it holds <c>FILE.lock</c>, so that a second process doesn't write to the
/// file; readers are welcome at any time (write-ahead log).
/// </remarks>
internal sealed class SqliteTarget : ITarget
{
    private readonly string _path;
    private readonly ulong _clusterId;
    private readonly long _maxPages;
    private FileStream? _lock;
    private SqliteDatabase? _database;
    private SqliteCheckpoint? _checkpoint;
    private SqliteRowWriter? _rows;

    /// <summary>Names the file; <see cref="OpenAsync"/> opens or makes it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="clusterId">The upstream cluster, whose checkpoint is used.</param>
    /// <param name="maxPages">Limit on the file's size in pages of 4 KiB; 0 for none.</param>
    public SqliteTarget(string file, ulong clusterId, long maxPages = 0)
    {
        _path = Path.GetFullPath(file);
        _clusterId = clusterId;
        _maxPages = maxPages;
    }

    /// <inheritdoc/>
    public string Name => $"SQLite file {_path}";

    /// <inheritdoc/>
    public int MaxWorkers => 1;

    /// <inheritdoc/>
    public bool TakesCondensedBatches => true;

    /// <summary>Who replicates into the file, and whether it waits for another process that does.</summary>
    public TargetClaim Claim { get; init; } = new();

    /// <summary>How long to wait for a lock that another program holds.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Writes rows, in the open transaction.</summary>
    public SqliteRowWriter Rows => _rows ?? throw new InvalidOperationException("The target isn't open.");

    private SqliteDatabase Database => _database ?? throw new InvalidOperationException("The target isn't open.");

    /// <inheritdoc/>
    public async Task<Checkpoint?> OpenAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Close();
        try
        {
            while (!TryTakeLock())
            {
                await Task.Delay(TargetClaim.LookInterval, Claim.Time, cancellationToken);
            }

            _database = SqliteDatabase.Open(_path, SqliteOpenMode.ReadWriteCreate, BusyTimeout);
            _database.Execute("PRAGMA journal_mode = WAL");
            _database.Execute("PRAGMA synchronous = FULL");
            _database.Execute("PRAGMA foreign_keys = OFF");
            _database.Execute("PRAGMA legacy_alter_table = ON");
            if (_maxPages > 0)
            {
                _database.Execute($"PRAGMA max_page_count = {_maxPages}");
            }

            _checkpoint = new SqliteCheckpoint(_database, _clusterId, Claim);
            _rows = new SqliteRowWriter(_database);
            _checkpoint.Prepare();
            return _checkpoint.Take();
        }
        catch
        {
            _database?.RollBack();
            Close();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task ApplyAsync(ChangeBatch batch, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        InTransaction(checkpoint, () => Rows.Write(batch, 0, batch.Rows.Length, cancellationToken), cancellationToken);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IApplyWorker> OpenWorkerAsync(CancellationToken cancellationToken) => new(new SqliteApplyWorker(this));

    /// <inheritdoc/>
    public Task ApplySchemaChangeAsync(SchemaChange change, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        _rows?.Clear();
        InTransaction(checkpoint, () => Write(change), cancellationToken);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task SkipSchemaChangeAsync(SchemaChange change, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        _rows?.Clear();
        InTransaction(checkpoint, () => { }, cancellationToken);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    /// <summary>Begins a transaction.</summary>
    /// <exception cref="TargetException">Another program holds the file's lock.</exception>
    public void Begin() => Database.Execute("BEGIN IMMEDIATE");

    /// <summary>Moves the checkpoint and commits the open transaction.</summary>
    /// <exception cref="TargetException">It can't be; roll back then.</exception>
    public void Commit(Checkpoint checkpoint)
    {
        _checkpoint!.Move(checkpoint);
        Database.Execute("COMMIT");
        _checkpoint.Committed(checkpoint);
    }

    /// <summary>Takes the open transaction back, if the target is still open: closing does the same.</summary>
    public void RollBack() => _database?.RollBack();

    private void Write(SchemaChange change)
    {
        try
        {
            new SqliteSchemaWriter(Database).Apply(change);
        }
        catch (TargetException refusal) when (!refusal.IsTransient)
        {
            throw refusal.AsSchemaRefusal("Remove what stands in its way and start again, or set drainer.refusedDdl to \"hold\" and choose to skip it.");
        }
    }

    private void InTransaction(Checkpoint checkpoint, Action work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Begin();
        try
        {
            work();
            Commit(checkpoint);
        }
        catch
        {
            RollBack();
            throw;
        }
    }

    /// <summary>Only a process that lives holds the lock: the system takes it from one that dies.</summary>
    private bool TryTakeLock()
    {
        string path = $"{_path}.lock";
        try
        {
            _lock = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (DirectoryNotFoundException exception)
        {
            throw new TargetException(
                $"The folder of SQLite file {_path} does not exist. Make it, or name another file in drainer.downstream.file.", false, exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new TargetException(
                $"Cannot write beside SQLite file {_path}: {exception.Message} Let the service write to the folder, or name another file in drainer.downstream.file.",
                false, exception);
        }
        catch (IOException exception)
        {
            if (Claim.IsWaiting)
            {
                (string? holder, ulong? commitTs) = ReadHolder();
                Claim.Active = new ActiveDrainer(holder ?? $"the process that holds {path}", commitTs, IsRegistered: false, null);
                return false;
            }

            throw new TargetException(
                $"SQLite file {_path} is in use by another process that replicates into it ({exception.Message}){(ReadHolder().Holder is { } who ? $": {who}" : "")}. Stop that process, or name another file, or set drainer.standby to true: then this one waits for its end.",
                true, exception);
        }
    }

    /// <summary>Who took the file last, as far as it can be read beside its holder.</summary>
    private (string? Holder, ulong? CommitTs) ReadHolder()
    {
        try
        {
            using SqliteDatabase database = SqliteDatabase.Open(_path, SqliteOpenMode.ReadOnly, TimeSpan.Zero);
            return SqliteCheckpoint.ReadHolder(database, _clusterId);
        }
        catch (TargetException)
        {
            return (null, null);
        }
    }

    private void Close()
    {
        _rows?.Dispose();
        _checkpoint?.Dispose();
        _database?.Dispose();
        _lock?.Dispose();
        _rows = null;
        _checkpoint = null;
        _database = null;
        _lock = null;
    }
}
