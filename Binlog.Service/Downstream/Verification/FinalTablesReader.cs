using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Binlog.Service.Downstream.Verification;

/// <summary>
/// Reads a recording's final tables: one JSON object per line with <c>schema</c>, <c>table</c>, <c>columns</c> and
/// <c>rows_sql_literals_sorted</c>, plain or gzip.
/// </summary>
internal static class FinalTablesReader
{
    /// <summary>Reads the tables one after the other.</summary>
    /// <exception cref="InvalidDataException">A line is no such object; the message names file and line.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static async IAsyncEnumerable<FinalTable> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using FileStream file = File.OpenRead(path);
        bool isCompressed = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
        file.Position = 0;
        await using Stream plain = isCompressed ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(plain);
        for (int number = 1; await reader.ReadLineAsync(cancellationToken) is { } line; number++)
        {
            if (line.Length > 0)
            {
                yield return Parse(line, path, number);
            }
        }
    }

    private static FinalTable Parse(string line, string path, int number)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            string[] columns = Strings(root.GetProperty("columns"));
            List<string[]> rows = [.. root.GetProperty("rows_sql_literals_sorted").EnumerateArray().Select(Strings)];
            if (rows.Find(row => row.Length != columns.Length) is { } odd)
            {
                throw new InvalidDataException($"{path}, line {number}: a row has {odd.Length} values for {columns.Length} columns.");
            }

            return new FinalTable(root.GetProperty("schema").GetString()!, root.GetProperty("table").GetString()!, columns, rows);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}, line {number}: no table of a recording: {exception.Message}", exception);
        }
    }

    private static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(element => element.GetString()!)];
}
