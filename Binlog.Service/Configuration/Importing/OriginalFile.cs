using Binlog.Service.Configuration.Importing.Toml;

namespace Binlog.Service.Configuration.Importing;

/// <summary>A configuration file of tidb-binlog: its keys, and which program it is for. Like the original, it does not care about case.</summary>
internal sealed class OriginalFile
{
    private OriginalFile(IReadOnlyList<OriginalValue> values) => Values = values;

    /// <summary>All keys with a value, in the order of the file.</summary>
    public IReadOnlyList<OriginalValue> Values { get; }

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="TomlException">It is not TOML.</exception>
    public static OriginalFile Read(string text)
    {
        var values = new List<OriginalValue>();
        Collect(TomlReader.Read(text), "", values);
        return new OriginalFile(values);
    }

    /// <summary>The program that knows the more of the keys; null when both know the same number.</summary>
    public OriginalRole? GuessRole()
    {
        int pump = Values.Count(value => StepOf(value.Key, OriginalRole.Pump) is not null);
        int drainer = Values.Count(value => StepOf(value.Key, OriginalRole.Drainer) is not null);
        return pump == drainer ? null : pump > drainer ? OriginalRole.Pump : OriginalRole.Drainer;
    }

    /// <summary>What takes a key over; null for an unknown key.</summary>
    public static ImportStep? StepOf(string key, OriginalRole role)
    {
        IReadOnlyDictionary<string, ImportStep> steps = role == OriginalRole.Pump ? PumpImport.Steps : DrainerImport.Steps;
        string[] tables = role == OriginalRole.Pump ? [] : [.. DrainerImport.Tables];
        string? table = tables.FirstOrDefault(name => key.StartsWith(name + ".", StringComparison.OrdinalIgnoreCase));
        return steps.FirstOrDefault(step => step.Key.Equals(table ?? key, StringComparison.OrdinalIgnoreCase)).Value;
    }

    private static void Collect(TomlTable table, string prefix, List<OriginalValue> values)
    {
        foreach ((string key, TomlValue value) in table.Entries)
        {
            string path = prefix + key;
            if (value.Kind == TomlKind.Table)
            {
                Collect(value.AsTable(), path + ".", values);
            }
            else
            {
                values.Add(new OriginalValue(path, value));
            }
        }
    }
}
