namespace Binlog.Service.Configuration.Importing.Toml;

/// <summary>Reads what may stand after an equals sign, and keys.</summary>
internal sealed class TomlValueReader(TomlCursor cursor)
{
    private const int MaxDepth = 64;

    private readonly TomlStringReader _strings = new(cursor);

    /// <summary>Reads a key with its dots: at least one part.</summary>
    public List<(string Name, TomlPlace Place)> ReadKey()
    {
        var parts = new List<(string, TomlPlace)>();
        do
        {
            cursor.SkipBlanks();
            TomlPlace place = cursor.Place;
            string name = _strings.IsHere ? _strings.ReadLine() : cursor.TakeWhile(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_');
            if (name.Length == 0 && cursor.Place == place)
            {
                throw cursor.Error($"found {cursor.Found}, expected a key");
            }

            parts.Add((name, place));
            cursor.SkipBlanks();
        }
        while (cursor.TryTake("."));
        return parts;
    }

    /// <summary>Reads <c>key = value</c> into a table.</summary>
    public void ReadEntry(TomlTable table, int depth)
    {
        List<(string Name, TomlPlace Place)> key = ReadKey();
        if (!cursor.TryTake("="))
        {
            throw cursor.Error($"found {cursor.Found} after the key \"{key[^1].Name}\", expected '='");
        }

        cursor.SkipBlanks();
        TomlValue value = ReadValue(depth);
        foreach ((string name, TomlPlace place) in key.SkipLast(1))
        {
            table = Enter(table, name, place);
        }

        if (!table.TryAdd(key[^1].Name, value))
        {
            throw new TomlException(key[^1].Place, $"the key \"{key[^1].Name}\" is given a second time");
        }
    }

    private static TomlTable Enter(TomlTable table, string name, TomlPlace place)
    {
        if (!table.TryGet(name, out TomlValue? value))
        {
            value = TomlValue.Of(new TomlTable { Origin = TomlTableOrigin.DottedKey }, place);
            table.TryAdd(name, value);
        }

        return value.Kind == TomlKind.Table && value.AsTable() is { Origin: TomlTableOrigin.DottedKey } inner
            ? inner
            : throw new TomlException(place, $"\"{name}\" has a value already, and nothing can be added to it here");
    }

    private TomlValue ReadValue(int depth)
    {
        TomlPlace place = cursor.Place;
        if (depth > MaxDepth)
        {
            throw cursor.Error($"found more than {MaxDepth} values within each other");
        }

        if (_strings.IsHere)
        {
            return TomlValue.Of(_strings.Read(), place);
        }

        return cursor.Current switch
        {
            '[' => TomlValue.Of(ReadArray(depth), place),
            '{' => TomlValue.Of(ReadInlineTable(depth), place),
            _ => ReadWord(place),
        };
    }

    private TomlValue ReadWord(TomlPlace place)
    {
        string found = cursor.Found;
        string word = cursor.TakeWhile(character => char.IsAsciiLetterOrDigit(character) || character is '+' or '-' or '_' or '.' or ':');
        return TomlNumber.TryRead(word, place) ?? throw new TomlException(place, word.Length == 0 ? $"found {found}, expected a value" : $"found {word}, expected a value; a text needs quotes");
    }

    private List<TomlValue> ReadArray(int depth)
    {
        TomlPlace start = cursor.Place;
        var items = new List<TomlValue>();
        cursor.Advance();
        while (true)
        {
            cursor.SkipBlankLines();
            if (cursor.TryTake("]"))
            {
                return items;
            }

            if (cursor.IsAtEnd)
            {
                throw new TomlException(start, "the array that begins here is not closed with ]");
            }

            items.Add(ReadValue(depth + 1));
            cursor.SkipBlankLines();
            if (!cursor.TryTake(",") && cursor.Current != ']')
            {
                throw cursor.IsAtEnd ? new TomlException(start, "the array that begins here is not closed with ]") : cursor.Error($"found {cursor.Found} in an array, expected ',' or ']'");
            }
        }
    }

    /// <summary>On one line, without a comma at the end, as TOML 1.0 has it.</summary>
    private TomlTable ReadInlineTable(int depth)
    {
        var table = new TomlTable();
        cursor.Advance();
        cursor.SkipBlanks();
        if (!cursor.TryTake("}"))
        {
            do
            {
                ReadEntry(table, depth + 1);
                cursor.SkipBlanks();
            }
            while (cursor.TryTake(","));
            if (!cursor.TryTake("}"))
            {
                throw cursor.Error($"found {cursor.Found} in a table, expected ',' or '}}'");
            }
        }

        table.Origin = TomlTableOrigin.Inline;
        return table;
    }
}
