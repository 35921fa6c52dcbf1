namespace Binlog.Service.Configuration.Importing.Toml;

/// <summary>
/// Reads TOML 1.0, dates and times excepted: comments; bare, quoted and dotted keys; tables and arrays of tables; strings of all four
/// kinds; integers, floats and truth values; arrays on any number of lines; inline tables.
/// </summary>
internal sealed class TomlReader
{
    private readonly TomlCursor _cursor;
    private readonly TomlValueReader _values;
    private readonly TomlTable _root = new() { Origin = TomlTableOrigin.Header };
    private readonly HashSet<TomlValue> _tableArrays = [];

    private TomlReader(string text)
    {
        _cursor = new TomlCursor(text);
        _values = new TomlValueReader(_cursor);
    }

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="TomlException">It is not TOML, or has a date or time.</exception>
    public static TomlTable Read(string text) => new TomlReader(text.StartsWith('\uFEFF') ? text[1..] : text).Read();

    private TomlTable Read()
    {
        TomlTable table = _root;
        while (true)
        {
            _cursor.SkipBlankLines();
            if (_cursor.IsAtEnd)
            {
                return _root;
            }

            if (_cursor.Current == '[')
            {
                table = ReadHeader();
            }
            else
            {
                _values.ReadEntry(table, depth: 0);
            }

            _cursor.FinishLine();
        }
    }

    private TomlTable ReadHeader()
    {
        bool isArray = _cursor.TryTake("[[");
        string end = isArray ? "]]" : "]";
        if (!isArray)
        {
            _cursor.Advance();
        }

        List<(string Name, TomlPlace Place)> key = _values.ReadKey();
        if (!_cursor.TryTake(end))
        {
            throw _cursor.Error($"found {_cursor.Found} in a table's name, expected {end}");
        }

        TomlTable table = _root;
        foreach ((string name, TomlPlace place) in key.SkipLast(1))
        {
            table = Enter(table, name, place);
        }

        return isArray ? AddToArray(table, key[^1].Name, key[^1].Place) : Define(table, key[^1].Name, key[^1].Place);
    }

    /// <summary>Goes into a table on the way to another, or into the last one of an array of tables.</summary>
    private TomlTable Enter(TomlTable table, string name, TomlPlace place)
    {
        if (!table.TryGet(name, out TomlValue? value))
        {
            value = TomlValue.Of(new TomlTable(), place);
            table.TryAdd(name, value);
        }

        TomlValue inner = _tableArrays.Contains(value) ? value.AsArray()[^1] : value;
        return inner.Kind == TomlKind.Table && inner.AsTable() is { Origin: not TomlTableOrigin.Inline } found
            ? found
            : throw new TomlException(place, $"\"{name}\" has a value already and is not a table that can be added to");
    }

    private static TomlTable Define(TomlTable table, string name, TomlPlace place)
    {
        var defined = new TomlTable { Origin = TomlTableOrigin.Header };
        if (table.TryAdd(name, TomlValue.Of(defined, place)))
        {
            return defined;
        }

        table.TryGet(name, out TomlValue? value);
        if (value!.Kind != TomlKind.Table || value.AsTable() is not { Origin: TomlTableOrigin.Implied } implied)
        {
            throw new TomlException(place, $"the table \"{name}\" is given a second time");
        }

        implied.Origin = TomlTableOrigin.Header;
        return implied;
    }

    private TomlTable AddToArray(TomlTable table, string name, TomlPlace place)
    {
        var element = new TomlTable { Origin = TomlTableOrigin.Header };
        if (!table.TryGet(name, out TomlValue? value))
        {
            value = TomlValue.Of(new List<TomlValue>(), place);
            _tableArrays.Add(value);
            table.TryAdd(name, value);
        }
        else if (!_tableArrays.Contains(value))
        {
            throw new TomlException(place, $"\"{name}\" has a value already and is not an array of tables");
        }

        ((List<TomlValue>)value.AsArray()).Add(TomlValue.Of(element, place));
        return element;
    }
}
