using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>
/// An open SQLite file. Statements go through the C API that Microsoft.Data.Sqlite brings, because its commands box every value
/// and want text as UTF-16.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class SqliteDatabase : IDisposable
{
    private static readonly Lazy<bool> Library = new(() =>
    {
        Batteries_V2.Init();
        return true;
    });

    private readonly SqliteConnection _connection;
    private readonly sqlite3 _handle;

    private SqliteDatabase(string path, SqliteConnection connection)
    {
        Path = path;
        _connection = connection;
        _handle = connection.Handle!;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Rows that the newest statement changed.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    /// <summary>Whether a transaction is open.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Whether to write, and to make it when it is missing.</param>
    /// <param name="busyTimeout">How long to wait for a lock that a reader or another program holds.</param>
    /// <exception cref="TargetException">It can't be opened, or is no SQLite database.</exception>
    public static SqliteDatabase Open(string path, SqliteOpenMode mode, TimeSpan busyTimeout)
    {
        _ = Library.Value;
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        try
        {
            connection.Open();
            raw.sqlite3_busy_timeout(connection.Handle, (int)busyTimeout.TotalMilliseconds);
            var database = new SqliteDatabase(path, connection);
            if (mode != SqliteOpenMode.ReadOnly && raw.sqlite3_db_readonly(connection.Handle, "main") == 1)
            {
                throw SqliteErrors.Create(raw.SQLITE_READONLY, "the file is write-protected", path, "opening it");
            }

            return database;
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw SqliteErrors.Create(exception.SqliteExtendedErrorCode, exception.Message, path, "opening it", exception);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Runs a statement that gives no rows, or whose rows don't matter.</summary>
    /// <exception cref="TargetException">It failed.</exception>
    public void Execute(string sql)
    {
        using SqliteStatement statement = Prepare(sql);
        while (statement.Step())
        {
        }
    }

    /// <summary>Runs a query and returns the first value of its first row, as text; null when there is none.</summary>
    /// <exception cref="TargetException">It failed.</exception>
    public string? QueryText(string sql)
    {
        using SqliteStatement statement = Prepare(sql);
        return statement.Step() && !statement.IsNull(0) ? statement.Text(0) : null;
    }

    /// <summary>Prepares a statement.</summary>
    /// <exception cref="TargetException">It is wrong, or names something that isn't there.</exception>
    public SqliteStatement Prepare(string sql)
    {
        int result = raw.sqlite3_prepare_v2(_handle, sql, out sqlite3_stmt statement);
        return result == raw.SQLITE_OK ? new SqliteStatement(this, statement, sql) : throw Error(sql);
    }

    /// <summary>Undoes the open transaction, if SQLite hasn't done it already.</summary>
    public void RollBack()
    {
        if (InTransaction)
        {
            raw.sqlite3_exec(_handle, "ROLLBACK");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    /// <summary>The error of the newest call.</summary>
    public TargetException Error(string doing) => SqliteErrors.Create(
        raw.sqlite3_extended_errcode(_handle), raw.sqlite3_errmsg(_handle).utf8_to_string(), Path, doing);
}
