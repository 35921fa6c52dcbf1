namespace Binlog.Service.Configuration.Settings;

/// <summary>Keys of the target that the Drainer applies to.</summary>
internal static class DownstreamSettings
{
    private const string ForMySql = "Type mysql only.";

    public static TypedSetting<DownstreamType> Type { get; } = new("drainer.downstream.type", new ChoiceType<DownstreamType>(
        ("sqlite", DownstreamType.Sqlite), ("mysql", DownstreamType.MySql)))
    {
        Default = DownstreamType.Sqlite,
        Effect = "Kind of the target: an SQLite file, or MariaDB, MySQL or TiDB over the MySQL protocol.",
        Original = "dest-db-type",
    };

    public static TypedSetting<string> File { get; } = new("drainer.downstream.file", new PathType())
    {
        DefaultNote = "required for type sqlite",
        Effect = "The SQLite file; created when it doesn't exist. Type sqlite only.",
    };

    public static TypedSetting<string> Host { get; } = new("drainer.downstream.host", new TextType())
    {
        DefaultNote = "required for type mysql",
        Effect = $"Host name or IP address of the target. {ForMySql}",
        Original = "syncer.to.host",
    };

    public static TypedSetting<long> Port { get; } = new("drainer.downstream.port", new IntegerType(1, 65535))
    {
        Default = DownstreamOptions.DefaultMySqlPort,
        Effect = $"TCP port of the target. {ForMySql}",
        Original = "syncer.to.port",
    };

    public static TypedSetting<string> User { get; } = new("drainer.downstream.user", new TextType())
    {
        DefaultNote = "required for type mysql",
        Effect = $"User to log in as. {ForMySql}",
        Original = "syncer.to.user",
    };

    public static TypedSetting<string> Password { get; } = new("drainer.downstream.password", new TextType { AllowEmpty = true })
    {
        Default = "",
        DefaultNote = "empty",
        Secret = true,
        Effect = $"Password of the user. Never shown. {ForMySql}",
        Original = "syncer.to.password",
    };

    public static TypedSetting<TlsMode> TlsMode { get; } = new("drainer.downstream.tls.mode", new ChoiceType<TlsMode>(
        ("preferred", Configuration.TlsMode.Preferred), ("disabled", Configuration.TlsMode.Disabled), ("required", Configuration.TlsMode.Required),
        ("verifyCa", Configuration.TlsMode.VerifyCa), ("verifyFull", Configuration.TlsMode.VerifyFull)))
    {
        Default = Configuration.TlsMode.Preferred,
        DefaultNote = "required for another machine unless security.allowPlainText, else preferred",
        Effect = $"Whether TLS is used and the server's certificate checked. {ForMySql}",
    };

    public static TypedSetting<string> TlsCa { get; } = new("drainer.downstream.tls.ca", new PathType { MustExist = true })
    {
        DefaultNote = "the system's authorities",
        Effect = $"PEM file of the certificate authority to trust. {ForMySql}",
        Original = "syncer.to.security.ssl-ca",
    };

    public static TypedSetting<string> TlsCert { get; } = new("drainer.downstream.tls.cert", new PathType { MustExist = true })
    {
        Effect = $"PEM file of the client certificate; needs drainer.downstream.tls.key. {ForMySql}",
        Original = "syncer.to.security.ssl-cert",
    };

    public static TypedSetting<string> TlsKey { get; } = new("drainer.downstream.tls.key", new PathType { MustExist = true })
    {
        Effect = $"PEM file of the client certificate's private key. {ForMySql}",
        Original = "syncer.to.security.ssl-key",
    };

    /// <summary>What only type mysql uses.</summary>
    public static IReadOnlyList<Setting> MySqlOnly { get; } = [Host, Port, User, Password, TlsMode, TlsCa, TlsCert, TlsKey];

    public static IReadOnlyList<Setting> All { get; } = [Type, File, .. MySqlOnly];
}
