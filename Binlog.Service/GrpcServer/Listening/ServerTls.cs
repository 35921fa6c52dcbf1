namespace Binlog.Service.GrpcServer.Listening;

/// <summary>PEM files of a server. They are read again for new connections when they have changed.</summary>
public sealed record ServerTls
{
    /// <summary>The server's certificate, followed by those of intermediate authorities. Required.</summary>
    public required string CertFile { get; init; }

    /// <summary>The private key of <see cref="CertFile"/>, not encrypted. Required.</summary>
    public required string KeyFile { get; init; }

    /// <summary>Authorities of client certificates. When set, a client must present a certificate that one of them signed.</summary>
    public string? CaFile { get; init; }

    /// <summary>When not empty, the client certificate's common name (CN) must be one of these. Needs <see cref="CaFile"/>.</summary>
    public IReadOnlyList<string> AllowedCommonNames { get; init; } = [];
}
