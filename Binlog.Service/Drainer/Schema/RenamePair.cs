namespace Binlog.Service.Drainer.Schema;

/// <summary>One <c>old TO new</c> of a RENAME TABLE statement; a schema is null when the statement doesn't name it.</summary>
internal readonly record struct RenamePair(string? OldSchema, string OldTable, string? NewSchema, string NewTable)
{
    /// <summary>Reads the pairs of <c>RENAME TABLE [s.]a TO [s.]b, …</c>; null when the text is something else.</summary>
    public static IReadOnlyList<RenamePair>? Parse(string query)
    {
        var names = new NameReader(query);
        if (!names.TakeWord("RENAME") || !names.TakeWord("TABLE"))
        {
            return null;
        }

        var pairs = new List<RenamePair>();
        do
        {
            if (names.TakeName() is not { } old || !names.TakeWord("TO") || names.TakeName() is not { } renamed)
            {
                return null;
            }

            pairs.Add(new RenamePair(old.Schema, old.Table, renamed.Schema, renamed.Table));
        }
        while (names.Take(','));

        names.Take(';');
        return names.AtEnd ? pairs : null;
    }

    private struct NameReader(string text)
    {
        private int _position;

        public bool AtEnd
        {
            get
            {
                SkipSpace();
                return _position >= text.Length;
            }
        }

        public bool Take(char symbol)
        {
            if (AtEnd || text[_position] != symbol)
            {
                return false;
            }

            _position++;
            return true;
        }

        public bool TakeWord(string word)
        {
            SkipSpace();
            if (string.Compare(text, _position, word, 0, word.Length, StringComparison.OrdinalIgnoreCase) != 0
                || (_position + word.Length < text.Length && IsNamePart(text[_position + word.Length])))
            {
                return false;
            }

            _position += word.Length;
            return true;
        }

        public (string? Schema, string Table)? TakeName() => TakeIdentifier() is not { } first
            ? null
            : !Take('.') ? (null, first) : TakeIdentifier() is { } second ? (first, second) : null;

        private static bool IsNamePart(char symbol) => char.IsLetterOrDigit(symbol) || symbol is '_' or '$' || symbol > 0x7f;

        private string? TakeIdentifier()
        {
            if (Take('`'))
            {
                return TakeQuoted();
            }

            int start = _position;
            while (_position < text.Length && IsNamePart(text[_position]))
            {
                _position++;
            }

            return _position > start ? text[start.._position] : null;
        }

        private string? TakeQuoted()
        {
            int start = _position;
            for (; _position < text.Length; _position++)
            {
                if (text[_position] != '`')
                {
                    continue;
                }

                if (_position + 1 < text.Length && text[_position + 1] == '`')
                {
                    _position++;
                    continue;
                }

                return text[start.._position++].Replace("``", "`", StringComparison.Ordinal);
            }

            return null;
        }

        private void SkipSpace()
        {
            while (_position < text.Length)
            {
                if (char.IsWhiteSpace(text[_position]))
                {
                    _position++;
                }
                else if (text.AsSpan(_position).StartsWith("/*") && text.IndexOf("*/", _position + 2, StringComparison.Ordinal) is >= 0 and int end)
                {
                    _position = end + 2;
                }
                else
                {
                    return;
                }
            }
        }
    }
}
