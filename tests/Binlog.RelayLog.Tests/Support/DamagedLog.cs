using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Tests.Support;

/// <summary>Builds a log in memory, so that a test can damage its files and open it again.</summary>
internal sealed class DamagedLog
{
    public const string Directory = "/log";

    public MemoryFileSystem Files { get; private set; } = new();

    public List<LogPosition> Positions { get; } = [];

    /// <summary>Without space in reserve, so that a file ends where its last record does.</summary>
    public SegmentedLogOptions Options(MemoryFileSystem? files = null) => LogDriver.Options(Directory, files ?? Files) with { ReserveBytes = ReserveBytes };

    private int ReserveBytes { get; init; }

    /// <summary>Appends one record after another and ends like a killed process does, without a clean close.</summary>
    public static Task<DamagedLog> BuildAsync(params int[] sizes) => BuildReservedAsync(0, sizes);

    /// <summary>The same with space in reserve behind the last record.</summary>
    public static async Task<DamagedLog> BuildReservedAsync(int reserveBytes, params int[] sizes)
    {
        var built = new DamagedLog { ReserveBytes = reserveBytes };
        await using (SegmentedLog log = await LogDriver.OpenAsync(built.Options()))
        {
            built.Positions.AddRange(await LogDriver.AppendAsync(log, sizes));
            built.Files = built.Files.Restart();
        }

        return built;
    }

    public MemoryFile Segment(ulong number) => Files.File(PathOf(number));

    public static string PathOf(ulong number) => Path.Combine(Directory, SegmentName.Of(number));

    /// <summary>A fresh copy, in which <paramref name="damage"/> changes the content of one segment.</summary>
    public MemoryFileSystem With(ulong segment, Func<byte[], byte[]> damage)
    {
        MemoryFileSystem copy = Files.Restart();
        MemoryFile file = copy.File(PathOf(segment));
        file.Content = damage((byte[])file.Content.Clone());
        return copy;
    }
}
