namespace Binlog.Service.Configuration.Settings;

/// <summary>Keys of the cluster that a host belongs to.</summary>
internal static class ClusterSettings
{
    private const string ForServers = "Modes etcd and pd only.";

    public static TypedSetting<ClusterMode> Mode { get; } = new("cluster.mode", new ChoiceType<ClusterMode>(
        ("embedded", ClusterMode.Embedded), ("etcd", ClusterMode.Etcd), ("pd", ClusterMode.Pd)))
    {
        Default = ClusterMode.Embedded,
        Effect = "Where the cluster's registry and timestamps live: in the SQLite file of one host, in an etcd, or in the PD of a TiDB cluster.",
    };

    public static TypedSetting<ulong> Id { get; } = new("cluster.id", new ClusterIdType())
    {
        Default = 1,
        DefaultNote = "1; with mode pd the ID that PD has",
        Effect = "Cluster ID that every WriteBinlog request must carry. The same on every host of a cluster. With mode pd it must be PD's.",
    };

    public static TypedSetting<HostPort> Join { get; } = new("cluster.join", AddressType.ToConnect)
    {
        Effect = "Address of any host of the cluster to join. Without it this host keeps the registry itself. Mode embedded only.",
    };

    public static TypedSetting<IReadOnlyList<string>> Endpoints { get; } = new("cluster.endpoints", TextListType.Servers)
    {
        Default = ["http://127.0.0.1:2379"],
        Effect = $"Client addresses of the members of etcd or PD; one that answers is enough. {ForServers}",
        Original = "pd-urls",
    };

    public static TypedSetting<string> User { get; } = new("cluster.user", new TextType())
    {
        Effect = $"User to log in to etcd as. {ForServers}",
    };

    public static TypedSetting<string> Password { get; } = new("cluster.password", new TextType { AllowEmpty = true })
    {
        DefaultNote = "empty",
        Secret = true,
        Effect = $"Password of cluster.user. Never shown. {ForServers}",
    };

    /// <summary>What mode embedded has no use for.</summary>
    public static IReadOnlyList<Setting> ServersOnly { get; } = [Endpoints, User, Password];

    public static IReadOnlyList<Setting> All { get; } = [Mode, Id, Join, .. ServersOnly];
}
