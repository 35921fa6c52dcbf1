using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Binlog.TiDB.Tests;

/// <summary>Finds the repository's golden vectors and recording.</summary>
public static class TestData
{
    private static readonly string Root = FindRoot();

    public static JsonElement ReadVectors(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Root, "tests", "vectors", name)));
        return document.RootElement.Clone();
    }

    public static IEnumerable<string> ReadVectorLines(string name) => File.ReadLines(Path.Combine(Root, "tests", "vectors", name), Encoding.UTF8);

    public static IEnumerable<string> VectorNames(string prefix) =>
        Directory.EnumerateFiles(Path.Combine(Root, "tests", "vectors"), prefix + "*.json").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    public static IEnumerable<string> ReadRecordingLines(string name)
    {
        using var reader = new StreamReader(OpenRecording(name), Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    public static Stream OpenRecording(string name) =>
        new GZipStream(File.OpenRead(Path.Combine(Root, "samples", "recording", name)), CompressionMode.Decompress);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Binlog.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("No folder above the tests holds Binlog.sln.");
    }
}
