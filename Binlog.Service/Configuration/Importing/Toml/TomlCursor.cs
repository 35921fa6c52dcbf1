namespace Binlog.Service.Configuration.Importing.Toml;

/// <summary>Moves through a text and knows the place.</summary>
internal sealed class TomlCursor(string text)
{
    private int _position;
    private int _lineStart;
    private int _line = 1;

    public TomlPlace Place => new(_line, _position - _lineStart + 1);

    public bool IsAtEnd => _position == text.Length;

    /// <summary>The character here; NUL at the end.</summary>
    public char Current => Peek(0);

    public bool IsAtNewLine => Current == '\n' || (Current == '\r' && Peek(1) == '\n');

    /// <summary>What is here, for a message.</summary>
    public string Found => IsAtEnd ? "the end of the file" : IsAtNewLine ? "the end of the line" : Current < ' ' ? $"the control character {(int)Current}" : $"'{Current}'";

    public char Peek(int ahead) => _position + ahead < text.Length ? text[_position + ahead] : '\0';

    /// <summary>Passes one character; a line break of two characters counts as one.</summary>
    public void Advance()
    {
        if (IsAtNewLine)
        {
            _position += Current == '\r' ? 2 : 1;
            _line++;
            _lineStart = _position;
        }
        else
        {
            _position++;
        }
    }

    /// <summary>Passes a word without line breaks if it is here.</summary>
    public bool TryTake(string word)
    {
        if (string.CompareOrdinal(text, _position, word, 0, word.Length) != 0)
        {
            return false;
        }

        _position += word.Length;
        return true;
    }

    /// <summary>Passes characters of this line for as long as they are of a kind, and returns them.</summary>
    public string TakeWhile(Func<char, bool> isPart)
    {
        int start = _position;
        while (!IsAtEnd && !IsAtNewLine && isPart(text[_position]))
        {
            _position++;
        }

        return text[start.._position];
    }

    public void SkipBlanks() => TakeWhile(character => character is ' ' or '\t');

    /// <summary>Passes blanks, comments and line breaks.</summary>
    public void SkipBlankLines()
    {
        SkipBlanks();
        while (IsAtNewLine || Current == '#')
        {
            SkipComment();
            if (IsAtNewLine)
            {
                Advance();
            }

            SkipBlanks();
        }
    }

    /// <summary>Passes blanks and a comment, and fails when anything else is left on the line.</summary>
    public void FinishLine()
    {
        SkipBlanks();
        SkipComment();
        if (!IsAtEnd && !IsAtNewLine)
        {
            throw Error($"found {Found}, expected the end of the line");
        }
    }

    public TomlException Error(string problem) => new(Place, problem);

    private void SkipComment()
    {
        if (Current == '#')
        {
            TakeWhile(character => character is '\t' or (>= ' ' and not '\x7f'));
            if (!IsAtEnd && !IsAtNewLine)
            {
                throw Error($"found {Found} in a comment");
            }
        }
    }
}
