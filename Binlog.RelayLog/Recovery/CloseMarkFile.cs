using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Recovery;

/// <summary>Reads and writes the mark of a clean close. It's a hint, so failures are no reason to fail, unless the mark would say too much.</summary>
internal static class CloseMarkFile
{
    public static CloseMark? TryRead(SegmentedLogOptions options)
    {
        try
        {
            using ILogFile file = options.FileSystem.OpenRead(PathOf(options));
            Span<byte> bytes = stackalloc byte[CloseMark.Size + 1];
            return CloseMark.TryRead(bytes[..file.Read(bytes, 0)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static void TryWrite(SegmentedLogOptions options, CloseMark mark)
    {
        try
        {
            using ILogFile file = options.FileSystem.Create(PathOf(options));
            Span<byte> bytes = stackalloc byte[CloseMark.Size];
            mark.Write(bytes);
            file.Write(bytes, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without a mark the next opening rewrites the last segment, that's all.
        }
    }

    /// <summary>Replaces a mark that speaks of records that are gone. Durable on return: otherwise the old one might come back and refuse the log for good.</summary>
    /// <exception cref="IOException">The old mark is still there, or may be after a crash.</exception>
    public static void PutBack(ILogFileSystem fileSystem, string directory, CloseMark mark)
    {
        string path = Path.Combine(directory, SegmentName.CloseMark);
        string temporary = path + SegmentName.TemporaryExtension;
        using (ILogFile file = fileSystem.Create(temporary))
        {
            Span<byte> bytes = stackalloc byte[CloseMark.Size];
            mark.Write(bytes);
            file.Write(bytes, 0);
            file.Flush();
        }

        fileSystem.Rename(temporary, path);
        fileSystem.FlushDirectory(directory);
    }

    private static string PathOf(SegmentedLogOptions options) => Path.Combine(options.Directory, SegmentName.CloseMark);
}
