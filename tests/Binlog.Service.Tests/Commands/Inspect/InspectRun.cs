using System.Text.Json;
using Binlog.RelayLog;
using Binlog.Service.Tests.EndToEnd;

namespace Binlog.Service.Tests.Commands.Inspect;

/// <summary>Runs <c>binlogd inspect</c> as a process, and damages logs for it.</summary>
internal static class InspectRun
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) =>
        BinlogdProcess.RunAsync(Patience, ["inspect", .. arguments]);

    /// <summary>The one object that a verb prints.</summary>
    public static async Task<(int ExitCode, JsonElement Json)> JsonAsync(params string[] arguments)
    {
        (int exitCode, string output, string error) = await RunAsync([.. arguments, "--json"]);
        Assert.Equal("", error);
        return (exitCode, Parse(output));
    }

    /// <summary>The objects that a dump prints, one per line.</summary>
    public static async Task<(int ExitCode, List<JsonElement> Lines)> LinesAsync(params string[] arguments)
    {
        (int exitCode, string output, string error) = await RunAsync([.. arguments, "--json"]);
        Assert.Equal("", error);
        return (exitCode, [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)]);
    }

    /// <summary>Position and tag of every record.</summary>
    public static List<(LogPosition Position, ulong Sequence, RecordTag Tag)> Records(string directory)
    {
        var records = new List<(LogPosition, ulong, RecordTag)>();
        using InspectionReader reader = LogInspector.TryOpenReader(directory, new ReadProgress(), null, skipPayloads: true, CancellationToken.None)!;
        while (reader.TryRead(out InspectedItem item, CancellationToken.None))
        {
            if (item.Kind == InspectedKind.Record)
            {
                records.Add((item.Position, item.Sequence, item.Tag));
            }
        }

        return records;
    }

    public static string PathOf(string directory, ulong segment) =>
        Directory.GetFiles(directory, "*.seg").Single(path => path.EndsWith(FormattableString.Invariant($"{segment:D20}.seg"), StringComparison.Ordinal));

    /// <summary>Flips a bit of a record's header.</summary>
    public static void Damage(string directory, LogPosition position)
    {
        using FileStream file = File.Open(PathOf(directory, position.Segment), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        file.Position = position.Offset + 9;
        int value = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(value ^ 4));
    }

    private static JsonElement Parse(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
