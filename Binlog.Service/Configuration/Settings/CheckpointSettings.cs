namespace Binlog.Service.Configuration.Settings;

/// <summary>Keys of the place where a Drainer keeps how far its target is.</summary>
internal static class CheckpointSettings
{
    private const string ForMySql = "Type mysql only.";

    public static TypedSetting<CheckpointType> Type { get; } = new("drainer.checkpoint.type", new ChoiceType<CheckpointType>(
        ("target", CheckpointType.Target), ("file", CheckpointType.File), ("mysql", CheckpointType.MySql)))
    {
        Default = CheckpointType.Target,
        Effect = "Where the checkpoint is: target = in the target, in the data's transaction, so that nothing is applied twice; file or mysql (another server) = outside of it, for a MySQL target in which nothing of ours may be.",
        Original = "syncer.to.checkpoint.type",
    };

    public static TypedSetting<string> File { get; } = new("drainer.checkpoint.file", new PathType())
    {
        DefaultNote = "checkpoint in dataDir",
        Effect = "The checkpoint's file; a savepoint of TiDB Binlog at this place is taken over. Type file only.",
    };

    public static TypedSetting<string> Host { get; } = new("drainer.checkpoint.host", new TextType())
    {
        DefaultNote = "required for type mysql",
        Effect = $"Host name or IP address of the checkpoint's server. {ForMySql}",
        Original = "syncer.to.checkpoint.host",
    };

    public static TypedSetting<long> Port { get; } = new("drainer.checkpoint.port", new IntegerType(1, 65535))
    {
        Default = DownstreamOptions.DefaultMySqlPort,
        Effect = $"Its TCP port. {ForMySql}",
        Original = "syncer.to.checkpoint.port",
    };

    public static TypedSetting<string> User { get; } = new("drainer.checkpoint.user", new TextType())
    {
        DefaultNote = "required for type mysql",
        Effect = $"User to log in there as. {ForMySql}",
        Original = "syncer.to.checkpoint.user",
    };

    public static TypedSetting<string> Password { get; } = new("drainer.checkpoint.password", new TextType { AllowEmpty = true })
    {
        Default = "",
        DefaultNote = "empty",
        Secret = true,
        Effect = $"Password of that user. Never shown. {ForMySql}",
        Original = "syncer.to.checkpoint.password",
    };

    public static TypedSetting<string> Database { get; } = new("drainer.checkpoint.database", new TextType())
    {
        Default = "tidb_binlog",
        Effect = $"Database there that has the checkpoint's table; one for each target. {ForMySql}",
        Original = "syncer.to.checkpoint.schema",
    };

    public static TypedSetting<TlsMode> TlsMode { get; } = new("drainer.checkpoint.tls.mode", new ChoiceType<TlsMode>(
        ("preferred", Configuration.TlsMode.Preferred), ("disabled", Configuration.TlsMode.Disabled), ("required", Configuration.TlsMode.Required),
        ("verifyCa", Configuration.TlsMode.VerifyCa), ("verifyFull", Configuration.TlsMode.VerifyFull)))
    {
        Default = Configuration.TlsMode.Preferred,
        DefaultNote = "required for another machine unless security.allowPlainText, else preferred",
        Effect = $"Whether TLS is used and the server's certificate checked. {ForMySql}",
    };

    public static TypedSetting<string> TlsCa { get; } = new("drainer.checkpoint.tls.ca", new PathType { MustExist = true })
    {
        DefaultNote = "the system's authorities",
        Effect = $"PEM file of the certificate authority to trust. {ForMySql}",
        Original = "syncer.to.checkpoint.security.ssl-ca",
    };

    public static TypedSetting<string> TlsCert { get; } = new("drainer.checkpoint.tls.cert", new PathType { MustExist = true })
    {
        Effect = $"PEM file of the client certificate; needs drainer.checkpoint.tls.key. {ForMySql}",
        Original = "syncer.to.checkpoint.security.ssl-cert",
    };

    public static TypedSetting<string> TlsKey { get; } = new("drainer.checkpoint.tls.key", new PathType { MustExist = true })
    {
        Effect = $"PEM file of the client certificate's private key. {ForMySql}",
        Original = "syncer.to.checkpoint.security.ssl-key",
    };

    public static TypedSetting<bool> TakeOver { get; } = new("drainer.checkpoint.takeOver", new SwitchType())
    {
        Default = true,
        Effect = "Whether a Drainer without a checkpoint goes on from the one that TiDB Binlog's Drainer left in the target or at the checkpoint's place, whatever drainer.initialCommitTs says.",
    };

    /// <summary>What only type mysql uses.</summary>
    public static IReadOnlyList<Setting> MySqlOnly { get; } = [Host, Port, User, Password, Database, TlsMode, TlsCa, TlsCert, TlsKey];

    public static IReadOnlyList<Setting> All { get; } = [Type, File, .. MySqlOnly, TakeOver];
}
