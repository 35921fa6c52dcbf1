using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Recovery;

/// <summary>Reads and writes the mark of a clean close. It's a hint: failures are no reason to fail.</summary>
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

    private static string PathOf(SegmentedLogOptions options) => Path.Combine(options.Directory, SegmentName.CloseMark);
}
