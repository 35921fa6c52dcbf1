namespace Binlog.Service.Configuration.Settings;

/// <summary>Keys of the whole host that are about watching it and about who may connect.</summary>
internal static class OperationsSettings
{
    public static TypedSetting<string> LogFile { get; } = new("log.file", new PathType())
    {
        DefaultNote = "standard error",
        Effect = "File that the log is appended to. At 300 MB it is renamed, with the time in its name, and a new one begun.",
        Original = "log-file",
    };

    public static TypedSetting<long> LogKeepFiles { get; } = new("log.keepFiles", new IntegerType(0, 10_000))
    {
        Default = 10,
        Effect = "How many full log files are kept besides the one that is being written; older ones are deleted.",
    };

    public static TypedSetting<HostPort> PushAddress { get; } = new("metrics.pushAddress", AddressType.ToConnect)
    {
        Effect = "Prometheus push gateway that metrics are sent to. They can be scraped at /metrics in any case.",
        Original = "metrics-addr",
    };

    public static TypedSetting<TimeSpan> PushInterval { get; } = new("metrics.pushInterval", new DurationType(TimeSpan.Zero, TimeSpan.FromHours(1)))
    {
        Default = TimeSpan.FromSeconds(15),
        Effect = "How often metrics are sent to metrics.pushAddress. 0 sends none.",
        Original = "metrics-interval",
    };

    public static TypedSetting<string> CaFile { get; } = new("security.caFile", new PathType { MustExist = true })
    {
        Effect = "PEM file of the authorities that sign the certificates of nodes and clients. With it all connections to and among nodes are TLS, and clients need a certificate too.",
        Original = "security.ssl-ca",
    };

    public static TypedSetting<string> CertFile { get; } = new("security.certFile", new PathType { MustExist = true })
    {
        Effect = "PEM file of this host's certificate, for serving and for connecting to other nodes.",
        Original = "security.ssl-cert",
    };

    public static TypedSetting<string> KeyFile { get; } = new("security.keyFile", new PathType { MustExist = true })
    {
        Effect = "PEM file of the private key of security.certFile, not encrypted.",
        Original = "security.ssl-key",
    };

    public static TypedSetting<IReadOnlyList<string>> AllowedCommonNames { get; } = new("security.allowedCommonNames", new TextListType())
    {
        DefaultNote = "any",
        Effect = "Common names that the certificate of a client may have, those of the other nodes included.",
        Original = "security.cert-allowed-cn",
    };

    public static TypedSetting<bool> AllowPlainText { get; } = new("security.allowPlainText", new SwitchType())
    {
        Default = false,
        Effect = "Whether addresses that other machines can reach may be listened on, and other machines be connected to, without TLS. Only in a network where nobody else listens or writes.",
    };

    public static IReadOnlyList<Setting> All { get; } =
        [LogFile, LogKeepFiles, PushAddress, PushInterval, CaFile, CertFile, KeyFile, AllowedCommonNames, AllowPlainText];
}
