using System.Text;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.MySql.Rows;

/// <summary>A column with what writing its values needs, worked out once. Immutable.</summary>
internal sealed class ColumnPlan
{
    private readonly LiteralKind _kind;
    private readonly FieldType _type;
    private readonly bool _isBytesCompared;
    private readonly bool _isJsonCast;
    private readonly byte[] _quotedName;

    /// <summary>Plans a column.</summary>
    /// <param name="column">The column.</param>
    /// <param name="dialect">The target's server.</param>
    public ColumnPlan(ColumnInfo column, MySqlDialect dialect)
    {
        Name = column.Name;
        _type = column.Type;
        _kind = LiteralKinds.Of(column.Type);
        _isJsonCast = _kind == LiteralKind.Json && dialect.HasJsonType;
        _isBytesCompared = _kind == LiteralKind.Text || (_kind == LiteralKind.Json && !dialect.HasJsonType) || (_kind == LiteralKind.Vector && !dialect.HasVectorType);
        _quotedName = Encoding.UTF8.GetBytes(SqlText.Name(column.Name));
        IsEnum = column.Type.Tp == ColumnType.Enum;
        IsInteger = column.Type.Tp is ColumnType.TinyInt or ColumnType.SmallInt or ColumnType.MediumInt or ColumnType.Int or ColumnType.BigInt;
    }

    /// <summary>The column's name.</summary>
    public string Name { get; }

    /// <summary>ENUM: a value of 0 stands for the error value '', which strict sessions refuse.</summary>
    public bool IsEnum { get; }

    /// <summary>A number to the server in every comparison.</summary>
    public bool IsInteger { get; }

    /// <summary>Appends the name in backticks.</summary>
    public void WriteName(SqlBuffer sql) => sql.Write(_quotedName);

    /// <summary>Appends a value.</summary>
    /// <returns>False when text of the column is no UTF-8; what was appended then is not a literal.</returns>
    /// <exception cref="TiDB.TiDBFormatException">The value does not fit the column's type.</exception>
    public bool TryWriteValue(SqlBuffer sql, in Datum value, ReadOnlySpan<byte> source)
    {
        switch (value.Kind)
        {
            case DatumKind.Null:
                sql.Write("NULL"u8);
                return true;
            case DatumKind.Missing:
                throw new InvalidOperationException($"No value for column {SqlText.Name(Name)}: the translator has to fill in what a row leaves out.");
            case DatumKind.Int64 when _kind == LiteralKind.Number:
                sql.Write(value.AsInt64);
                return true;
            case DatumKind.UInt64 when _kind == LiteralKind.Number:
                sql.Write(value.AsUInt64);
                return true;
            case DatumKind.Double when _kind == LiteralKind.Double:
                sql.Write(value.AsDouble);
                return true;
            case DatumKind.Bytes when _kind == LiteralKind.Text:
                return sql.TryWriteText(value.PayloadOf(source));
            case DatumKind.Bytes when _kind == LiteralKind.Binary:
                sql.WriteHex(value.PayloadOf(source));
                return true;
            case DatumKind.Json when _kind == LiteralKind.Json:
                WriteJson(sql, value, source);
                return true;
            case DatumKind.Decimal when _kind == LiteralKind.Decimal:
                ValueText.WriteText(value, source, _type, sql);
                return true;
            case DatumKind.UInt64 or DatumKind.Duration when _kind == LiteralKind.Time:
            case DatumKind.Vector when _kind == LiteralKind.Vector:
                sql.Write((byte)'\'');
                ValueText.WriteText(value, source, _type, sql);
                sql.Write((byte)'\'');
                return true;
            default:
                throw new InvalidOperationException($"A {value.Kind} value in column {SqlText.Name(Name)} of type {_type.Tp}.");
        }
    }

    /// <summary>
    /// Appends a comparison that only the very same value passes: NULL by IS NULL, text also by its bytes, because collations
    /// take different texts for equal and ignore spaces at the end.
    /// </summary>
    /// <returns>As <see cref="TryWriteValue"/>.</returns>
    public bool TryWriteExactMatch(SqlBuffer sql, in Datum value, ReadOnlySpan<byte> source)
    {
        sql.Write(_quotedName);
        if (value.Kind == DatumKind.Null)
        {
            sql.Write(" IS NULL"u8);
            return true;
        }

        sql.Write(_isJsonCast ? "=CAST("u8 : "="u8);
        int start = sql.Length;
        if (!TryWriteValue(sql, value, source))
        {
            return false;
        }

        if (_isJsonCast)
        {
            sql.Write(" AS JSON)"u8);
        }
        else if (_isBytesCompared)
        {
            int length = sql.Length - start;
            sql.Write(" AND CAST(CONVERT("u8);
            sql.Write(_quotedName);
            sql.Write(" USING utf8mb4) AS BINARY)=CAST("u8);
            sql.GetSpan(length);
            sql.Write(sql.Written.Slice(start, length));
            sql.Write(" AS BINARY)"u8);
        }

        return true;
    }

    /// <summary>Appends a comparison with a value of a unique key, which at most one row passes.</summary>
    /// <returns>As <see cref="TryWriteValue"/>.</returns>
    public bool TryWriteKeyMatch(SqlBuffer sql, in Datum value, ReadOnlySpan<byte> source)
    {
        sql.Write(_quotedName);
        sql.Write((byte)'=');
        return TryWriteValue(sql, value, source);
    }

    private void WriteJson(SqlBuffer sql, in Datum value, ReadOnlySpan<byte> source)
    {
        int start = sql.Length;
        ValueText.WriteText(value, source, _type, sql);
        int length = sql.Length - start;
        byte[] text = System.Buffers.ArrayPool<byte>.Shared.Rent(length);
        sql.Written.Slice(start, length).CopyTo(text);
        sql.Truncate(start);
        sql.WriteQuoted(text.AsSpan(0, length));
        System.Buffers.ArrayPool<byte>.Shared.Return(text);
    }
}
