using Binlog.RelayLog;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Pump.Storage.Checkpointing;

namespace Binlog.Service.Commands.Inspect;

/// <summary>Checks the directory that was given.</summary>
internal static class InspectedDirectory
{
    private static readonly string[] LogFolders = ["pump", "relay"];

    /// <exception cref="InspectArgumentException">It doesn't exist, or is a file.</exception>
    public static void RequireExisting(string directory)
    {
        if (File.Exists(directory))
        {
            throw new InspectArgumentException($"{directory} is a file. Give the directory of a log, such as {Path.GetDirectoryName(directory)}.");
        }

        if (!Directory.Exists(directory))
        {
            throw new InspectArgumentException($"{directory} does not exist. Give the directory of a log: the folder \"pump\" or \"relay\" in a node's dataDir.");
        }
    }

    /// <summary>What a Pump's checkpoint knows of the log's end; null when there is none.</summary>
    public static KnownEnd? FindKnownEnd(string directory) =>
        CheckpointEnd.TryRead(new SegmentedLogOptions { Directory = directory }.FileSystem, Path.Combine(directory, PumpStoreOptions.IndexFolder));

    /// <summary>The error for a directory without a log.</summary>
    public static InspectArgumentException HoldsNoLog(string directory)
    {
        string? inside = LogFolders.Select(name => Path.Combine(directory, name)).FirstOrDefault(Directory.Exists);
        return new InspectArgumentException(inside is null
            ? $"{directory} holds no log: there is no segment file (20 digits and \".seg\") in it. Give the folder \"pump\" or \"relay\" in a node's dataDir."
            : $"{directory} holds no log itself. Did you mean {inside}?");
    }
}
