using SQLitePCL;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>A prepared statement. Parameters count from 1, columns from 0.</summary>
internal sealed class SqliteStatement(SqliteDatabase database, sqlite3_stmt handle, string sql) : IDisposable
{
    private static readonly byte[] EmptyText = [0];

    /// <summary>Number of columns of a row.</summary>
    public int ColumnCount => raw.sqlite3_column_count(handle);

    /// <summary>Binds NULL.</summary>
    public void BindNull(int parameter) => Check(raw.sqlite3_bind_null(handle, parameter));

    /// <summary>Binds an integer.</summary>
    public void Bind(int parameter, long value) => Check(raw.sqlite3_bind_int64(handle, parameter, value));

    /// <summary>Binds a number.</summary>
    public void Bind(int parameter, double value) => Check(raw.sqlite3_bind_double(handle, parameter, value));

    /// <summary>Binds text.</summary>
    public void Bind(int parameter, string value) => Check(raw.sqlite3_bind_text(handle, parameter, value));

    /// <summary>Binds text; the bytes must be UTF-8.</summary>
    public void BindText(int parameter, ReadOnlySpan<byte> utf8) => Check(utf8.IsEmpty
        ? raw.sqlite3_bind_text(handle, parameter, utf8z.FromSpan(EmptyText))
        : raw.sqlite3_bind_text(handle, parameter, utf8));

    /// <summary>Binds bytes.</summary>
    public void BindBlob(int parameter, ReadOnlySpan<byte> value) => Check(value.IsEmpty
        ? raw.sqlite3_bind_zeroblob(handle, parameter, 0)
        : raw.sqlite3_bind_blob(handle, parameter, value));

    /// <summary>Runs until the next row; false at the end, when the statement can be bound again.</summary>
    /// <exception cref="TargetException">It failed.</exception>
    public bool Step()
    {
        int result = raw.sqlite3_step(handle);
        if (result == raw.SQLITE_ROW)
        {
            return true;
        }

        if (result != raw.SQLITE_DONE)
        {
            TargetException error = database.Error(sql);
            raw.sqlite3_reset(handle);
            throw error;
        }

        raw.sqlite3_reset(handle);
        return false;
    }

    /// <summary>Makes the statement ready to run again.</summary>
    public void Reset() => raw.sqlite3_reset(handle);

    /// <summary>Whether the value is NULL.</summary>
    public bool IsNull(int column) => TypeOf(column) == raw.SQLITE_NULL;

    /// <summary>SQLite's type code of the value.</summary>
    public int TypeOf(int column) => raw.sqlite3_column_type(handle, column);

    /// <summary>The value as an integer.</summary>
    public long Integer(int column) => raw.sqlite3_column_int64(handle, column);

    /// <summary>The value as a number.</summary>
    public double Real(int column) => raw.sqlite3_column_double(handle, column);

    /// <summary>The value as text.</summary>
    public string Text(int column) => raw.sqlite3_column_text(handle, column).utf8_to_string() ?? "";

    /// <summary>The bytes of a text or a BLOB, until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(handle, column);

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK)
        {
            throw database.Error(sql);
        }
    }
}
