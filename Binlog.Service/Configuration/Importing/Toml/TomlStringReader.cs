using System.Globalization;
using System.Text;

namespace Binlog.Service.Configuration.Importing.Toml;

/// <summary>Reads the four kinds of strings: basic and literal, on one line and on several.</summary>
internal sealed class TomlStringReader(TomlCursor cursor)
{
    private const string Basic = "\"";
    private const string Literal = "'";

    /// <summary>Whether a string begins here.</summary>
    public bool IsHere => cursor.Current is '"' or '\'';

    /// <summary>Reads any string.</summary>
    public string Read()
    {
        string quote = cursor.Current == '"' ? Basic : Literal;
        string triple = quote + quote + quote;
        return cursor.TryTake(triple) ? ReadLines(triple, quote == Basic) : ReadLine();
    }

    /// <summary>Reads a string on one line, the only kind that a key may be.</summary>
    public string ReadLine()
    {
        string quote = cursor.Current == '"' ? Basic : Literal;
        TomlPlace start = cursor.Place;
        cursor.Advance();
        var text = new StringBuilder();
        while (!cursor.TryTake(quote))
        {
            if (cursor.IsAtEnd || cursor.IsAtNewLine)
            {
                throw new TomlException(start, $"the string that begins here is not closed on its line with {quote}");
            }

            ReadCharacter(text, quote == Basic);
        }

        return text.ToString();
    }

    private string ReadLines(string quotes, bool basic)
    {
        TomlPlace start = cursor.Place;
        if (cursor.IsAtNewLine)
        {
            cursor.Advance();
        }

        var text = new StringBuilder();
        while (!IsClosed(quotes, text))
        {
            if (cursor.IsAtEnd)
            {
                throw new TomlException(start, $"the string that begins here is not closed with {quotes}");
            }

            if (cursor.IsAtNewLine)
            {
                text.Append('\n');
                cursor.Advance();
            }
            else if (!basic || !TrySkipLineEnd())
            {
                ReadCharacter(text, basic);
            }
        }

        return text.ToString();
    }

    /// <summary>Up to two quotes may stand right before the closing three.</summary>
    private bool IsClosed(string quotes, StringBuilder text)
    {
        if (!cursor.TryTake(quotes))
        {
            return false;
        }

        for (int more = 0; more < 2 && cursor.Current == quotes[0]; more++)
        {
            text.Append(quotes[0]);
            cursor.Advance();
        }

        return true;
    }

    /// <summary>A backslash at a line's end joins it with what follows the blanks and line breaks after it.</summary>
    private bool TrySkipLineEnd()
    {
        int blanks = 1;
        while (cursor.Current == '\\' && cursor.Peek(blanks) is ' ' or '\t')
        {
            blanks++;
        }

        if (cursor.Current != '\\' || cursor.Peek(blanks) is not ('\n' or '\r'))
        {
            return false;
        }

        cursor.Advance();
        while (cursor.IsAtNewLine || cursor.Current is ' ' or '\t')
        {
            cursor.Advance();
        }

        return true;
    }

    private void ReadCharacter(StringBuilder text, bool basic)
    {
        if (cursor.Current is (< ' ' and not '\t') or '\x7f')
        {
            throw cursor.Error($"found {cursor.Found} in a string, expected it escaped");
        }

        if (basic && cursor.Current == '\\')
        {
            cursor.Advance();
            text.Append(ReadEscape());
        }
        else
        {
            text.Append(cursor.Current);
            cursor.Advance();
        }
    }

    private string ReadEscape()
    {
        TomlPlace place = cursor.Place;
        char escape = cursor.Current;
        switch (escape)
        {
            case 'u':
                return ReadCodePoint(4);
            case 'U':
                return ReadCodePoint(8);
            default:
                const string names = "btnfr\"\\";
                const string characters = "\b\t\n\f\r\"\\";
                int index = names.IndexOf(escape, StringComparison.Ordinal);
                if (index < 0 || escape == '\0')
                {
                    throw new TomlException(place, $"found {cursor.Found} after a backslash, expected one of {string.Join(' ', names.ToCharArray())} u U");
                }

                cursor.Advance();
                return characters[index].ToString();
        }
    }

    private string ReadCodePoint(int digits)
    {
        TomlPlace place = cursor.Place;
        cursor.Advance();
        var hex = new StringBuilder();
        for (; hex.Length < digits && char.IsAsciiHexDigit(cursor.Current); cursor.Advance())
        {
            hex.Append(cursor.Current);
        }

        bool isNumber = int.TryParse(hex.ToString(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int codePoint);
        return hex.Length == digits && isNumber && Rune.IsValid(codePoint)
            ? new Rune(codePoint).ToString()
            : throw new TomlException(place, $"found no Unicode character of {digits} hexadecimal digits");
    }
}
