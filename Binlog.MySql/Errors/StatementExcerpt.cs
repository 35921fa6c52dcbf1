using System.Text;

namespace Binlog.MySql.Errors;

/// <summary>A statement made short enough for a log, with the values in it cut: they are somebody's data.</summary>
internal static class StatementExcerpt
{
    /// <summary>Longest excerpt, in bytes of the statement.</summary>
    public const int MaxBytes = 512;

    /// <summary>Bytes of a literal that are shown.</summary>
    public const int MaxLiteralBytes = 16;

    public static string Create(ReadOnlySpan<byte> utf8Sql, bool isCut)
    {
        if (utf8Sql.Length > MaxBytes)
        {
            utf8Sql = utf8Sql[..MaxBytes];
            isCut = true;
        }

        var text = new StringBuilder();
        while (!utf8Sql.IsEmpty)
        {
            var quote = utf8Sql.IndexOfAny((byte)'\'', (byte)'"');
            if (quote < 0)
            {
                text.Append(Encoding.UTF8.GetString(utf8Sql));
                break;
            }

            text.Append(Encoding.UTF8.GetString(utf8Sql[..quote]));
            var length = LiteralLength(utf8Sql[quote..]);
            AppendLiteral(text, utf8Sql.Slice(quote, length));
            utf8Sql = utf8Sql[(quote + length)..];
        }

        return isCut ? text.Append('…').ToString() : text.ToString();
    }

    private static void AppendLiteral(StringBuilder text, ReadOnlySpan<byte> literal)
    {
        if (literal.Length <= MaxLiteralBytes + 2)
        {
            text.Append(Encoding.UTF8.GetString(literal));
            return;
        }

        text.Append(Encoding.UTF8.GetString(literal[..(MaxLiteralBytes + 1)])).Append('…').Append((char)literal[0]);
    }

    private static int LiteralLength(ReadOnlySpan<byte> literal)
    {
        for (var i = 1; i < literal.Length; i++)
        {
            if (literal[i] == '\\')
            {
                i++;
            }
            else if (literal[i] == literal[0])
            {
                return i + 1;
            }
        }

        return literal.Length;
    }
}
