using Binlog.Grpc;
using Binlog.Service.GrpcServer.Listening;

namespace Binlog.Service.Configuration;

/// <summary>
/// TLS among nodes, mutual: what a node serves with, it also connects to others with. Either all three files are set or none. Files
/// are PEM, paths absolute; they are read again for new connections when they have changed.
/// </summary>
internal sealed record SecurityOptions
{
    /// <summary>Authorities that sign the certificates of nodes and clients; null: no TLS.</summary>
    public string? CaFile { get; init; }

    /// <summary>This host's certificate, valid for server and client authentication.</summary>
    public string? CertFile { get; init; }

    /// <summary>The private key of <see cref="CertFile"/>.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Common names that a client's certificate may have; empty: any.</summary>
    public IReadOnlyList<string> AllowedCommonNames { get; init; } = [];

    /// <summary>Whether other machines may be talked to in cleartext.</summary>
    public bool AllowsPlainText { get; init; }

    /// <summary>What a server of this host serves with; null: cleartext.</summary>
    public ServerTls? Server => CertFile is null || KeyFile is null
        ? null
        : new ServerTls { CaFile = CaFile, CertFile = CertFile, KeyFile = KeyFile, AllowedCommonNames = AllowedCommonNames };

    /// <summary>What a client of this host connects with; null: cleartext.</summary>
    public GrpcTls? Client => CertFile is null ? null : new GrpcTls { CaFile = CaFile, CertFile = CertFile, KeyFile = KeyFile };
}
