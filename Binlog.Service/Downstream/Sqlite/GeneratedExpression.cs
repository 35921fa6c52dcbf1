using System.Collections.Immutable;
using System.Text;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>
/// Turns the expression of a virtual generated column into SQLite's, for the part of the language in which both mean the same:
/// <c>+ - *</c>, parentheses, integer literals and signed integer columns, for an integer column.
/// </summary>
internal static class GeneratedExpression
{
    /// <summary>The expression for SQLite, limited to the column's range as a non-strict upstream limits it; null when it isn't safe.</summary>
    public static string? Translate(ColumnInfo column, ImmutableArray<ColumnInfo> columns)
    {
        if (RangeOf(column.Type) is not { } range || Rewrite(column.GeneratedExpression, columns) is not { } expression)
        {
            return null;
        }

        return range.Max == long.MaxValue ? expression : $"max(min({expression}, {range.Max}), {range.Min})";
    }

    private static (long Min, long Max)? RangeOf(FieldType type) => type.IsUnsigned ? null : type.Tp switch
    {
        ColumnType.TinyInt => (sbyte.MinValue, sbyte.MaxValue),
        ColumnType.SmallInt => (short.MinValue, short.MaxValue),
        ColumnType.MediumInt => (-(1 << 23), (1 << 23) - 1),
        ColumnType.Int => (int.MinValue, int.MaxValue),
        ColumnType.BigInt => (long.MinValue, long.MaxValue),
        _ => null,
    };

    /// <summary>Copies operands and operators; grammar: operand { operator operand }, where an operand may be signed or in parentheses.</summary>
    private static string? Rewrite(string text, ImmutableArray<ColumnInfo> columns)
    {
        var written = new StringBuilder();
        int position = 0;
        int depth = 0;
        bool wantsOperand = true;
        while (position < text.Length)
        {
            char symbol = text[position];
            if (symbol is ' ' or '\t')
            {
                position++;
            }
            else if (wantsOperand && symbol == '(')
            {
                depth++;
                position++;
                written.Append('(');
            }
            else if (!wantsOperand && symbol == ')' && depth > 0)
            {
                depth--;
                position++;
                written.Append(')');
            }
            else if (!wantsOperand && (symbol is '+' or '-' or '*'))
            {
                position++;
                written.Append(' ').Append(symbol).Append(' ');
                wantsOperand = true;
            }
            else if (wantsOperand && ReadOperand(text, ref position, columns) is { } operand)
            {
                written.Append(operand);
                wantsOperand = false;
            }
            else
            {
                return null;
            }
        }

        return wantsOperand || depth > 0 ? null : written.ToString();
    }

    private static string? ReadOperand(string text, ref int position, ImmutableArray<ColumnInfo> columns)
    {
        int start = position;
        if (text[start] != '`')
        {
            while (position < text.Length && char.IsAsciiDigit(text[position]))
            {
                position++;
            }

            return position - start is > 0 and <= 9 && (position == text.Length || text[position] is ' ' or ')' or '+' or '-' or '*')
                ? text[start..position]
                : null;
        }

        int end = text.IndexOf('`', start + 1);
        if (end < 0 || (end + 1 < text.Length && text[end + 1] is '`' or '.'))
        {
            return null;
        }

        position = end + 1;
        string name = text[(start + 1)..end];
        ColumnInfo? column = columns.FirstOrDefault(column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase));
        return column is { IsVirtual: false } && RangeOf(column.Type) is not null ? SqliteNames.Quote(column.Name) : null;
    }
}
