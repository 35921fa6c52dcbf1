using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>Puts upstream values into statements, exactly (<see cref="SqliteStorage"/>).</summary>
internal sealed class SqliteValues
{
    private readonly ArrayBufferWriter<byte> _text = new(256);

    /// <summary>Binds a value to a parameter.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="parameter">Which parameter, from 1.</param>
    /// <param name="column">The value's column.</param>
    /// <param name="value">The value; not missing.</param>
    /// <param name="source">The bytes that it refers to.</param>
    public void Bind(SqliteStatement statement, int parameter, SqliteColumn column, in Datum value, ReadOnlySpan<byte> source)
    {
        if (value.IsNull)
        {
            statement.BindNull(parameter);
            return;
        }

        if (value.IsMissing)
        {
            throw new TargetException($"Column {column.Info.Name} has no value where one is needed.", isTransient: false);
        }

        switch (column.Storage)
        {
            case SqliteStorage.Integer:
                statement.Bind(parameter, value.AsInt64);
                break;
            case SqliteStorage.Unsigned:
                BindUnsigned(statement, parameter, value.AsUInt64);
                break;
            case SqliteStorage.Real:
                statement.Bind(parameter, Number(value, column.Info.Type));
                break;
            case SqliteStorage.Printed:
                statement.BindText(parameter, Print(value, source, column.Info.Type));
                break;
            case SqliteStorage.Text when Utf8.IsValid(value.PayloadOf(source)):
                statement.BindText(parameter, value.PayloadOf(source));
                break;
            default:
                statement.BindBlob(parameter, value.PayloadOf(source));
                break;
        }
    }

    /// <summary>The value as a literal of SQLite's SQL.</summary>
    public string Literal(SqliteColumn column, in Datum value, ReadOnlySpan<byte> source)
    {
        if (value.IsNull)
        {
            return "NULL";
        }

        switch (column.Storage)
        {
            case SqliteStorage.Integer:
                return value.AsInt64.ToString(CultureInfo.InvariantCulture);
            case SqliteStorage.Unsigned:
                string digits = value.AsUInt64.ToString(CultureInfo.InvariantCulture);
                return value.AsUInt64 > long.MaxValue ? SqliteNames.Literal(digits) : digits;
            case SqliteStorage.Real:
                return Number(value, column.Info.Type).ToString("E16", CultureInfo.InvariantCulture);
            case SqliteStorage.Binary:
                return $"x'{Convert.ToHexString(value.PayloadOf(source))}'";
            default:
                ReadOnlySpan<byte> text = Print(value, source, column.Info.Type);
                return !Utf8.IsValid(text) ? $"x'{Convert.ToHexString(text)}'"
                    : text.Contains((byte)0) ? $"CAST(x'{Convert.ToHexString(text)}' AS TEXT)"
                    : SqliteNames.Literal(Encoding.UTF8.GetString(text));
        }
    }

    /// <summary>The value as a message shows it, shortened.</summary>
    public string Describe(SqliteColumn column, in Datum value, ReadOnlySpan<byte> source)
    {
        const int longest = 60;
        string literal = value.IsMissing ? "?" : Literal(column, value, source);
        return literal.Length <= longest ? literal : $"{literal.AsSpan(0, longest)}…";
    }

    private static double Number(in Datum value, FieldType type) => type.Tp == ColumnType.Float ? (float)value.AsDouble : value.AsDouble;

    private static void BindUnsigned(SqliteStatement statement, int parameter, ulong value)
    {
        if (value <= long.MaxValue)
        {
            statement.Bind(parameter, (long)value);
            return;
        }

        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, digits, out int length);
        statement.BindText(parameter, digits[..length]);
    }

    private ReadOnlySpan<byte> Print(in Datum value, ReadOnlySpan<byte> source, FieldType type)
    {
        _text.ResetWrittenCount();
        ValueText.WriteText(value, source, type, _text);
        return _text.WrittenSpan;
    }
}
