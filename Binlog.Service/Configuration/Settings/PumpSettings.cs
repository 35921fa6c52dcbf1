namespace Binlog.Service.Configuration.Settings;

/// <summary>Keys of the section whose presence makes a host a Pump.</summary>
internal static class PumpSettings
{
    public const string Section = "pump";

    public static TypedSetting<HostPort> Listen { get; } = new("pump.listen", AddressType.ToListen)
    {
        Default = new HostPort("127.0.0.1", 8250),
        Effect = "Address for gRPC and HTTP, both on this port. The default serves programs on this machine only.",
        Original = "addr",
    };

    public static TypedSetting<HostPort> Advertise { get; } = new("pump.advertise", AddressType.ToConnect)
    {
        DefaultNote = "as pump.listen",
        Effect = "Address that is registered for others to connect to. Required when pump.listen is 0.0.0.0 or [::].",
        Original = "advertise-addr",
    };

    public static TypedSetting<string> Socket { get; } = new("pump.socket", new SocketPathType())
    {
        Effect = "Unix socket to serve gRPC and HTTP on too, as a path or unix:///path. A file left by a dead process is replaced.",
        Original = "socket",
    };

    public static TypedSetting<TimeSpan> HeartbeatInterval { get; } = new(
        "pump.heartbeatInterval", new DurationType(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(3)))
    {
        Default = TimeSpan.FromSeconds(2),
        Effect = "How often the Pump's entry in the registry is refreshed. A node that is silent for 10 s counts as dead.",
        Original = "heartbeat-interval",
    };

    public static TypedSetting<long> SegmentSize { get; } = new("pump.segmentSize", new SizeType(1L << 20, 16L << 30))
    {
        Default = 64L << 20,
        Effect = "Size at which a storage segment is closed and the next one begun.",
    };

    public static TypedSetting<TimeSpan> FakeBinlogInterval { get; } = new(
        "pump.fakeBinlogInterval", new DurationType(TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)))
    {
        Default = TimeSpan.FromMilliseconds(250),
        DefaultNote = "250ms; 3s with cluster.mode pd",
        Effect = "How often a fake binlog moves the commit TS on while nothing is written. Drainers whose transactions wait ask for one at once.",
        Original = "gen-binlog-interval",
        OriginalFlag = "fake-binlog-interval",
    };

    public static TypedSetting<long> StopWriteAtAvailableSpace { get; } = new("pump.stopWriteAtAvailableSpace", new SizeType(0, 1L << 50))
    {
        Default = 1L << 30,
        Effect = "Free disk space at and below which new transactions are refused. 0 never refuses.",
        Original = "storage.stop-write-at-available-space",
    };

    public static TypedSetting<TimeSpan> SlowWriteThreshold { get; } = new("pump.slowWriteThreshold", new DurationType(TimeSpan.Zero, TimeSpan.FromHours(1)))
    {
        Default = TimeSpan.FromSeconds(1),
        Effect = "A single write that takes longer is counted and reported in the log. 0 reports none.",
        Original = "storage.slow_write_threshold",
    };

    public static TypedSetting<long> MaxMessageSize { get; } = new("pump.maxMessageSize", new SizeType(1L << 10, 960L << 20))
    {
        Default = 128L << 20,
        Effect = "Largest gRPC message that is accepted: a binlog and a few bytes. At most half of pump.memoryLimit.",
        Original = "max-message-size",
    };

    public static TypedSetting<long> MemoryLimit { get; } = new("pump.memoryLimit", new SizeType(64L << 20, 1L << 40))
    {
        Default = 256L << 20,
        Effect = "Memory for binlogs on their way in and out and for the index, whatever their size and number. One pull at a time for every 4 MiB of it; further ones are refused.",
    };

    public static TypedSetting<TimeSpan> HeldOrderWarning { get; } = new("pump.heldOrderWarning", new DurationType(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)))
    {
        Default = TimeSpan.FromSeconds(30),
        Effect = "How long the order may wait for one transaction before a warning is logged; it is repeated every 10 minutes.",
    };

    public static IReadOnlyList<Setting> All { get; } =
        [Listen, Advertise, Socket, HeartbeatInterval, SegmentSize, FakeBinlogInterval, StopWriteAtAvailableSpace, SlowWriteThreshold, MaxMessageSize, MemoryLimit, HeldOrderWarning];
}
