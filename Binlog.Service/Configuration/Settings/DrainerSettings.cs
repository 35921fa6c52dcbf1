namespace Binlog.Service.Configuration.Settings;

/// <summary>Keys of the section whose presence makes a host a Drainer.</summary>
internal static class DrainerSettings
{
    public const string Section = "drainer";

    public static TypedSetting<HostPort> Listen { get; } = new("drainer.listen", AddressType.ToListen)
    {
        Default = new HostPort("127.0.0.1", 8249),
        Effect = "Address for gRPC and HTTP, both on this port. The default serves programs on this machine only.",
        Original = "addr",
    };

    public static TypedSetting<HostPort> Advertise { get; } = new("drainer.advertise", AddressType.ToConnect)
    {
        DefaultNote = "as drainer.listen",
        Effect = "Address that is registered for others to connect to. Required when drainer.listen is 0.0.0.0 or [::].",
        Original = "advertise-addr",
    };

    public static TypedSetting<long> InitialCommitTs { get; } = new("drainer.initialCommitTs", new IntegerType(-1, long.MaxValue))
    {
        Default = -1,
        Effect = "Commit TS to start after when the target has no checkpoint. 0 = from the very first binlog, refused once Pumps have removed some; -1 = now.",
        Original = "initial-commit-ts",
    };

    public static TypedSetting<bool> Standby { get; } = new("drainer.standby", new SwitchType())
    {
        Default = false,
        Effect = "Whether this Drainer waits as long as another one replicates into its target, and takes over within 10 s of that one's death.",
    };

    public static TypedSetting<long> MemoryQuota { get; } = new("drainer.memoryQuota", new SizeType(64L << 20, 1L << 40))
    {
        Default = 512L << 20,
        Effect = "Memory for binlogs on their way from the Pumps to the target, however many Pumps there are and however large a transaction is. What doesn't fit lies in files beside the relay log.",
    };

    public static TypedSetting<StreamCompressor> Compressor { get; } = new("drainer.compressor", new ChoiceType<StreamCompressor>(
        ("none", StreamCompressor.None), ("gzip", StreamCompressor.Gzip)))
    {
        Default = StreamCompressor.None,
        Effect = "Compression of the stream from Pumps to this Drainer.",
        Original = "compressor",
    };

    public static TypedSetting<SchemaHistorySource> SchemaHistorySource { get; } = new(
        "drainer.schemaHistory.source",
        new ChoiceType<SchemaHistorySource>(("file", Configuration.SchemaHistorySource.File), ("tikv", Configuration.SchemaHistorySource.TiKv), ("tidb", Configuration.SchemaHistorySource.TiDb)))
    {
        Default = Configuration.SchemaHistorySource.File,
        DefaultNote = "tikv with cluster.mode pd, else file",
        Effect = "Where the upstream's DDL jobs are read from: a file, the cluster's TiKV, or a TiDB server's status port where TiKV can't be reached.",
    };

    public static TypedSetting<string> SchemaHistoryPath { get; } = new("drainer.schemaHistory.path", new PathType { MustExist = true })
    {
        DefaultNote = "required for source file",
        Effect = "File of DDL jobs, one JSON object per line, plain or gzip. Source file only.",
    };

    public static TypedSetting<IReadOnlyList<string>> SchemaHistoryTiDb { get; } = new("drainer.schemaHistory.tidb", TextListType.Servers)
    {
        DefaultNote = "required for source tidb",
        Effect = "Status addresses of TiDB servers (port 10080); the first that answers is asked. Source tidb only.",
    };

    public static TypedSetting<bool> HoldGarbage { get; } = new("drainer.holdGarbage", new SwitchType())
    {
        Default = false,
        Effect = "Whether TiKV keeps old versions since this Drainer's checkpoint, so that the upstream can be read as of it. Mode pd only.",
    };

    public static TypedSetting<RefusedDdl> RefusedDdl { get; } = new("drainer.refusedDdl", new ChoiceType<RefusedDdl>(("hold", Configuration.RefusedDdl.Hold), ("stop", Configuration.RefusedDdl.Stop)))
    {
        Default = Configuration.RefusedDdl.Hold,
        Effect = "What becomes of a schema change that the target refuses: it waits until somebody chooses to retry or to skip it, while binlogs go on into the relay log; or it ends the Drainer.",
    };

    public static IReadOnlyList<Setting> All { get; } =
        [Listen, Advertise, InitialCommitTs, Standby, RefusedDdl, MemoryQuota, Compressor, SchemaHistorySource, SchemaHistoryPath, SchemaHistoryTiDb, HoldGarbage];
}
