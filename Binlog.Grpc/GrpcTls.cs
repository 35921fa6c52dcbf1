namespace Binlog.Grpc;

/// <summary>
/// PEM files of a client. They are read again for every new connection, so renewed certificates need no restart.
/// </summary>
public sealed record GrpcTls
{
    /// <summary>Certificates of the authorities that may sign the server's certificate. <c>null</c>: those that the system trusts.</summary>
    public string? CaFile { get; init; }

    /// <summary>This client's certificate. Goes together with <see cref="KeyFile"/>.</summary>
    public string? CertFile { get; init; }

    /// <summary>The private key of <see cref="CertFile"/>, not encrypted.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Name that the server's certificate must carry. <c>null</c>: the host of the address.</summary>
    public string? ServerName { get; init; }
}
