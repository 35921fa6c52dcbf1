using System.Globalization;
using Binlog.Service.Configuration;

namespace Binlog.Service.Drainer.Checking;

/// <summary>Looks at the disk that the relay log will be on.</summary>
internal static class DiskCheck
{
    private const string Check = "relay disk";

    /// <summary>Compares the room on the disk with what the relay log may take.</summary>
    public static void Run(string dataDirectory, RelayOptions relay, FindingList findings)
    {
        string existing = dataDirectory;
        while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { Length: > 0 } parent)
        {
            existing = parent;
        }

        long room;
        try
        {
            room = new DriveInfo(existing).AvailableFreeSpace + SizeOf(Path.Combine(dataDirectory, "relay"));
            using var probe = new FileStream(Path.Combine(existing, $".binlogd-check-{Environment.ProcessId}"), new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Options = FileOptions.DeleteOnClose,
            });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            findings.Error(Check, existing, $"The data directory can't be written: {exception.Message}", "Let the service's user write there, or name another directory in dataDir.");
            return;
        }

        string figures = string.Create(CultureInfo.InvariantCulture, $"{Mebibytes(room)} MiB are there for a relay log that may take {Mebibytes(relay.MaxBytes)} MiB (drainer.relay.maxSize).");
        if (room < 2 * relay.SegmentSizeBytes)
        {
            findings.Error(Check, existing, $"{figures} That is less than two of its files.", "Make room, name a directory on a larger disk in dataDir, or lower drainer.relay.segmentSize.");
        }
        else if (room < relay.MaxBytes)
        {
            findings.Warning(Check, existing, $"{figures} The disk is full before the limit is reached when the target is away for long.", "Make room, or lower drainer.relay.maxSize below what is there.");
        }
        else
        {
            findings.Ok(Check, existing, figures);
        }
    }

    private static long Mebibytes(long bytes) => bytes >> 20;

    private static long SizeOf(string directory) =>
        Directory.Exists(directory) ? new DirectoryInfo(directory).EnumerateFiles().Sum(file => file.Length) : 0;
}
