namespace Binlog.Service.Configuration.Settings;

/// <summary>Keys of the Drainer's relay log.</summary>
internal static class RelaySettings
{
    public static TypedSetting<long> SegmentSize { get; } = new("drainer.relay.segmentSize", new SizeType(1L << 20, 16L << 30))
    {
        Default = 64L << 20,
        Effect = "Size at which a segment of the relay log is closed and the next one begun.",
        Original = "relay-max-file-size",
    };

    public static TypedSetting<long> MaxSize { get; } = new("drainer.relay.maxSize", new SizeType(2L << 20, 1L << 50))
    {
        Default = 10L << 30,
        Effect = "Size of the relay log above which applied segments are deleted, oldest first. While more than that waits to be applied, nothing is pulled from Pumps.",
    };

    public static TypedSetting<TimeSpan> MaxAge { get; } = new("drainer.relay.maxAge", new DurationType(TimeSpan.FromSeconds(1), TimeSpan.FromDays(3650)))
    {
        Default = TimeSpan.FromDays(7),
        Effect = "Applied segments of the relay log that are older than this are deleted, measured from the newest commit TS in it.",
    };

    public static IReadOnlyList<Setting> All { get; } = [SegmentSize, MaxSize, MaxAge];
}
