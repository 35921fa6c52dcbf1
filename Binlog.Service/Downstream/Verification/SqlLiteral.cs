using System.Text;

namespace Binlog.Service.Downstream.Verification;

/// <summary>
/// A literal as MySQL and TiDB print it: <c>NULL</c>, a number, <c>'text'</c> with backslash escapes or doubled quotes, <c>x'…'</c> or <c>0x…</c>, <c>b'…'</c>.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Bytes">A number's digits, a text's or hexadecimal literal's bytes, a bit literal's bytes (big-endian).</param>
internal readonly record struct SqlLiteral(SqlLiteralKind Kind, byte[] Bytes)
{
    /// <summary>Reads a literal.</summary>
    /// <exception cref="FormatException">The text is none.</exception>
    public static SqlLiteral Parse(string text)
    {
        if (text.Equals("NULL", StringComparison.OrdinalIgnoreCase))
        {
            return new SqlLiteral(SqlLiteralKind.Null, []);
        }

        return text switch
        {
            ['\'', .., '\''] when text.Length >= 2 => new SqlLiteral(SqlLiteralKind.Text, Unescape(text)),
            ['x' or 'X', '\'', .., '\''] when text.Length >= 3 => new SqlLiteral(SqlLiteralKind.Binary, Convert.FromHexString(text.AsSpan(2, text.Length - 3))),
            ['0', 'x', ..] => new SqlLiteral(SqlLiteralKind.Binary, Convert.FromHexString(text.AsSpan(2))),
            ['b' or 'B', '\'', .., '\''] when text.Length >= 3 => new SqlLiteral(SqlLiteralKind.Bits, Bits(text.AsSpan(2, text.Length - 3))),
            [(>= '0' and <= '9') or '-' or '+' or '.', ..] => new SqlLiteral(SqlLiteralKind.Number, Encoding.ASCII.GetBytes(text)),
            _ => throw new FormatException($"Not a SQL literal: {text}"),
        };
    }

    private static byte[] Unescape(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (int index = 1; index < text.Length - 1; index++)
        {
            char symbol = text[index];
            if (symbol is '\\' or '\'')
            {
                if (++index >= text.Length - 1 || (symbol == '\'' && text[index] != '\''))
                {
                    throw new FormatException($"Not a SQL literal: {text}");
                }

                plain.Append(symbol == '\'' ? symbol : Unescape(text[index]));
            }
            else
            {
                plain.Append(symbol);
            }
        }

        return Encoding.UTF8.GetBytes(plain.ToString());
    }

    private static string Unescape(char symbol) => symbol switch
    {
        '0' => "\0",
        'b' => "\b",
        'n' => "\n",
        'r' => "\r",
        't' => "\t",
        'Z' => "\u001a",
        '%' or '_' => $"\\{symbol}",
        _ => symbol.ToString(),
    };

    private static byte[] Bits(ReadOnlySpan<char> digits)
    {
        byte[] bytes = new byte[(digits.Length + 7) / 8];
        for (int index = 0; index < digits.Length; index++)
        {
            int place = digits.Length - 1 - index;
            bytes[^((place / 8) + 1)] |= digits[index] switch
            {
                '0' => 0,
                '1' => (byte)(1 << (place % 8)),
                _ => throw new FormatException($"Not a bit literal: b'{digits}'"),
            };
        }

        return bytes;
    }
}
