using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Committing;

/// <summary>Brings a new segment file into being.</summary>
internal static class SegmentFile
{
    /// <summary>Creates the segment under a temporary name, flushes its header, then gives it its name.</summary>
    /// <remarks>A failure in here leaves at most a temporary file, and the log as it was. The caller has yet to flush the directory.</remarks>
    public static ILogFile Create(ILogFileSystem fileSystem, string path, in SegmentHeader header)
    {
        string temporary = path + SegmentName.TemporaryExtension;
        ILogFile? file = null;
        try
        {
            Span<byte> bytes = stackalloc byte[SegmentHeader.Size];
            header.Write(bytes);
            file = fileSystem.Create(temporary);
            file.Write(bytes, 0);
            file.Flush();
            fileSystem.Rename(temporary, path);
            return file;
        }
        catch
        {
            file?.Dispose();
            TryDelete(fileSystem, temporary);
            throw;
        }
    }

    private static void TryDelete(ILogFileSystem fileSystem, string path)
    {
        try
        {
            fileSystem.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next opening deletes it; the failure that led here is the one to report.
        }
    }
}
