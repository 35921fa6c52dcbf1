namespace Binlog.Service.Configuration;

/// <summary>The target that the Drainer applies to.</summary>
internal sealed record DownstreamOptions
{
    /// <summary>Port of the MySQL protocol when none is given.</summary>
    public const int DefaultMySqlPort = 3306;

    public DownstreamType Type { get; init; }

    /// <summary>Absolute path of the SQLite file; set for <see cref="DownstreamType.Sqlite"/> only.</summary>
    public string? File { get; init; }

    /// <summary>Host name or address; set for <see cref="DownstreamType.MySql"/> only.</summary>
    public string? Host { get; init; }

    public int Port { get; init; } = DefaultMySqlPort;

    /// <summary>Set for <see cref="DownstreamType.MySql"/> only.</summary>
    public string? User { get; init; }

    public Secret Password { get; init; }

    public TlsOptions Tls { get; init; } = new();
}
