using System.Globalization;
using Binlog.Service.Configuration.Importing;

namespace Binlog.Service.Commands.ImportConfig;

/// <summary>Says what became of the keys of an imported file.</summary>
internal static class ImportReport
{
    private static readonly (ImportNoteKind Kind, string Heading)[] Parts =
    [
        (ImportNoteKind.Converted, "Converted:"),
        (ImportNoteKind.Dropped, "Dropped, and not needed:"),
        (ImportNoteKind.Unknown, "Unknown, and dropped:"),
        (ImportNoteKind.LookAt, "To be looked at:"),
    ];

    public static void Write(ImportResult result, string source, TextWriter writer)
    {
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{source} is for a {result.Role}: {result.Settings.Count} settings taken over."));
        foreach ((ImportNoteKind kind, string heading) in Parts)
        {
            ImportNote[] notes = [.. result.Notes.Where(note => note.Kind == kind)];
            if (notes.Length > 0)
            {
                writer.WriteLine(heading);
                foreach (ImportNote note in notes)
                {
                    writer.WriteLine($"  {note.Subject}: {note.Text}");
                }
            }
        }
    }
}
