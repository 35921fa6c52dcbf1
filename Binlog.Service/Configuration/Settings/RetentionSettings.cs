namespace Binlog.Service.Configuration.Settings;

/// <summary>Keys that say what a Pump keeps, what it lets go and when it warns.</summary>
internal static class RetentionSettings
{
    public static TypedSetting<TimeSpan> Age { get; } = new("pump.retention.age", new DurationType(TimeSpan.FromSeconds(1), TimeSpan.FromDays(3650)))
    {
        Default = TimeSpan.FromDays(7),
        Effect = "Binlogs older than this are removed, measured from the newest commit TS of this Pump.",
        Original = "gc",
    };

    public static TypedSetting<long> Size { get; } = new("pump.retention.size", new SizeType(0, 1L << 50))
    {
        Default = 0,
        Effect = "Size of the store above which the oldest binlogs are removed, however young. 0 sets no limit.",
    };

    public static TypedSetting<TimeSpan> Interval { get; } = new("pump.retention.interval", new DurationType(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)))
    {
        Default = TimeSpan.FromHours(1),
        Effect = "How often old binlogs are removed; every minute while the disk has less than pump.warnAtAvailableSpace.",
    };

    public static TypedSetting<NeededBinlogs> Drainers { get; } = new(
        "pump.retention.drainers", new ChoiceType<NeededBinlogs>(("keep", NeededBinlogs.Keep), ("delete", NeededBinlogs.Delete)))
    {
        Default = NeededBinlogs.Keep,
        Effect = "Binlogs over the limits that a Drainer (any but an offline one) has not got yet: keep them, or delete them, which that Drainer can't survive.",
    };

    public static TypedSetting<long> WarnAtAvailableSpace { get; } = new("pump.warnAtAvailableSpace", new SizeType(0, 1L << 50))
    {
        DefaultNote = "20 GiB, or a fifth of a disk under 100 GiB",
        Effect = "Free disk space at and below which the Pump warns and removes what it may at once. 0 never warns.",
    };

    public static IReadOnlyList<Setting> All { get; } = [Age, Size, Interval, Drainers, WarnAtAvailableSpace];
}
