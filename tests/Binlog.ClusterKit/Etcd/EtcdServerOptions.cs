namespace Binlog.ClusterKit.Etcd;

/// <summary>How a private etcd is started.</summary>
public sealed record EtcdServerOptions
{
    /// <summary>PEM file with the server's certificate. Clients need TLS when this and the key are set.</summary>
    public string? CertFile { get; init; }

    /// <summary>PEM file with the server's private key.</summary>
    public string? KeyFile { get; init; }

    /// <summary>PEM file with the authority of client certificates, which are asked for when this is set.</summary>
    public string? ClientCaFile { get; init; }

    /// <summary>How long a token is good after its last use, in seconds.</summary>
    public int AuthTokenSeconds { get; init; } = 300;

    /// <summary>Bytes that the store may have; 0: etcd's default.</summary>
    public long QuotaBytes { get; init; }

    /// <summary>How long a start may take.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
