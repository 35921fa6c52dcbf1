namespace Binlog.Service.Configuration;

/// <summary>TLS of the connection to the target. Files are PEM; paths are absolute.</summary>
internal sealed record TlsOptions
{
    public TlsMode Mode { get; init; }

    /// <summary>Certificate authority to trust; null means those of the system.</summary>
    public string? CaFile { get; init; }

    /// <summary>Client certificate; set together with <see cref="KeyFile"/>.</summary>
    public string? CertFile { get; init; }

    /// <summary>Private key of the client certificate.</summary>
    public string? KeyFile { get; init; }
}
