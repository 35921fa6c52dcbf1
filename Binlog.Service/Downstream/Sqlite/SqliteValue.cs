using System.Text;
using System.Text.Unicode;
using SQLitePCL;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>A value as SQLite holds it: null, long, double, string or bytes.</summary>
/// <param name="Content">The value.</param>
internal readonly record struct SqliteValue(object? Content)
{
    /// <summary>NULL.</summary>
    public static SqliteValue Null => default;

    /// <summary>Whether it is NULL.</summary>
    public bool IsNull => Content is null;

    /// <summary>Reads a value of the current row.</summary>
    public static SqliteValue Read(SqliteStatement statement, int column) => new(statement.TypeOf(column) switch
    {
        raw.SQLITE_NULL => null,
        raw.SQLITE_INTEGER => statement.Integer(column),
        raw.SQLITE_FLOAT => statement.Real(column),
        raw.SQLITE_TEXT => Encoding.UTF8.GetString(statement.Bytes(column)),
        _ => statement.Bytes(column).ToArray(),
    });

    /// <summary>Text when the bytes are UTF-8, otherwise bytes.</summary>
    public static SqliteValue TextOrBytes(byte[] bytes) => new(Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : bytes);

    /// <summary>Binds it to a parameter.</summary>
    public void Bind(SqliteStatement statement, int parameter)
    {
        switch (Content)
        {
            case null:
                statement.BindNull(parameter);
                break;
            case long integer:
                statement.Bind(parameter, integer);
                break;
            case double number:
                statement.Bind(parameter, number);
                break;
            case string text:
                statement.BindText(parameter, Encoding.UTF8.GetBytes(text));
                break;
            default:
                statement.BindBlob(parameter, (byte[])Content);
                break;
        }
    }
}
