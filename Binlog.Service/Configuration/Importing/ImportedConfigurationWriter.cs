namespace Binlog.Service.Configuration.Importing;

/// <summary>Writes imported settings as a configuration file: JSON with a comment beside each value that says where it comes from.</summary>
internal static class ImportedConfigurationWriter
{
    /// <summary>Writes the whole file.</summary>
    /// <param name="result">What to write.</param>
    /// <param name="sourceName">Name of the original's file, for the first line.</param>
    /// <param name="writer">Takes the text.</param>
    public static void Write(ImportResult result, string sourceName, TextWriter writer)
    {
        writer.WriteLine($"// From {OneLine(Path.GetFileName(sourceName))} of tidb-binlog's {result.Role}. The key of the original stands beside each value.");
        foreach (ImportNote note in result.Notes.Where(note => note.Kind == ImportNoteKind.LookAt))
        {
            writer.WriteLine($"// Look at {OneLine(note.Subject)}: {OneLine(note.Text)}");
        }

        string section = result.Role == OriginalRole.Pump ? "pump" : "drainer";
        writer.WriteLine("{");
        WriteSection([.. result.Settings.Select(setting => (setting.Path, setting))], section, "  ", writer);
        writer.WriteLine("}");
    }

    /// <summary>Writes plain keys first, then the sections in the order of their first key.</summary>
    private static void WriteSection(IReadOnlyList<(string Path, ImportedSetting Setting)> settings, string? required, string indent, TextWriter writer)
    {
        foreach ((string path, ImportedSetting setting) in settings.Where(entry => !entry.Path.Contains('.', StringComparison.Ordinal)))
        {
            writer.WriteLine($"{indent}\"{path}\": {setting.Json}, // {OneLine(setting.From.Assignment)}");
        }

        var sections = settings.Where(entry => entry.Path.Contains('.', StringComparison.Ordinal)).GroupBy(entry => entry.Path[..entry.Path.IndexOf('.', StringComparison.Ordinal)]).ToList();
        foreach (IGrouping<string, (string Path, ImportedSetting Setting)> section in sections)
        {
            writer.WriteLine($"{indent}\"{section.Key}\": {{");
            WriteSection([.. section.Select(entry => (entry.Path[(section.Key.Length + 1)..], entry.Setting))], null, indent + "  ", writer);
            writer.WriteLine($"{indent}}},");
        }

        if (required is not null && sections.All(section => section.Key != required))
        {
            writer.WriteLine($"{indent}\"{required}\": {{}},");
        }
    }

    /// <summary>A comment ends with its line, whatever the original's file has in its values.</summary>
    private static string OneLine(string text) => string.Concat(text.Select(character => char.IsControl(character) || character is '\u2028' or '\u2029' or '\u0085' ? ' ' : character));
}
