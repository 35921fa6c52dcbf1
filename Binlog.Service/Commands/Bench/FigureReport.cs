using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace Binlog.Service.Commands.Bench;

/// <summary>Shows a result that is a list of figures: as a table, or as one JSON object on one line.</summary>
internal static class FigureReport
{
    public static void Write(IReadOnlyList<BenchFigure> figures, bool json, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(ToJson(figures));
            return;
        }

        Table table = new Table().Border(TableBorder.Rounded).HideHeaders();
        table.AddColumn("figure");
        table.AddColumn("value", column => column.RightAligned());
        foreach (BenchFigure figure in figures)
        {
            table.AddRow(figure.Text, figure.Value.ToString(figure.Unit == " s" ? "N3" : "N0", CultureInfo.InvariantCulture) + figure.Unit);
        }

        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }).Write(table);
    }

    private static string ToJson(IReadOnlyList<BenchFigure> figures)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            foreach (BenchFigure figure in figures)
            {
                writer.WriteNumber(figure.Key, Math.Round(figure.Value, 3));
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
