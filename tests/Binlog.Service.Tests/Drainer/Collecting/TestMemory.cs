using Binlog.RelayLog;
using Binlog.RelayLog.Files;
using Binlog.Service.Drainer.Memory;
using Binlog.Service.Drainer.Spooling;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Collecting;

/// <summary>Memory of sources, as small as a test wants it.</summary>
internal static class TestMemory
{
    public static ILogFileSystem PhysicalFiles { get; } = new SegmentedLogOptions { Directory = "." }.FileSystem;

    /// <summary>For tests whose binlogs all fit: the folder of files is never made.</summary>
    public static SourceMemory Create() => Create(8 << 20, Path.Combine(Path.GetTempPath(), "binlog-spool-that-is-not-used"));

    public static SourceMemory Create(long bytes, string directory, int largestInline = 1 << 20) =>
        new(new SourceBudget(bytes, largestInline), OpenSpool(directory));

    public static SpoolFolder OpenSpool(string directory, ILogFileSystem? files = null, TimeProvider? time = null) =>
        SpoolFolder.Open(files ?? PhysicalFiles, directory, time ?? TimeProvider.System, NullLogger.Instance);
}
