using Binlog.MySql;
using Binlog.Service.Configuration;
using Binlog.Service.Downstream.Claiming;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Downstream.Sqlite;

namespace Binlog.Service.Downstream;

/// <summary>Makes sessions with the configured target.</summary>
internal sealed class TargetFactory(DownstreamOptions options, ulong clusterId, TargetClaim claim)
{
    /// <summary>How long a MySQL server may be silent during a statement: as long as a schema change of a large table may take.</summary>
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromMinutes(30);

    /// <summary>A new session, not opened yet.</summary>
    public ITarget Create() => options.Type == DownstreamType.Sqlite
        ? new SqliteTarget(options.File!, clusterId) { Claim = claim }
        : new MySqlTarget(new MySqlTargetOptions { Connection = ConnectionOptions(options), ClusterId = clusterId, Claim = claim });

    /// <summary>Asks the target who holds locks; null for one that can't be asked.</summary>
    public ITargetWaits? CreateWaits() => options.Type == DownstreamType.Sqlite ? null : new MySqlWaits(ConnectionOptions(options));

    /// <summary>How to connect to a MySQL target.</summary>
    public static MySqlConnectionOptions ConnectionOptions(DownstreamOptions options) => new()
    {
        Host = options.Host!,
        Port = options.Port,
        User = options.User!,
        Password = options.Password.Reveal(),
        Tls = options.Tls.Mode switch
        {
            TlsMode.Disabled => MySqlTlsMode.Disabled,
            TlsMode.Required => MySqlTlsMode.Required,
            TlsMode.VerifyCa => MySqlTlsMode.VerifyCa,
            TlsMode.VerifyFull => MySqlTlsMode.VerifyFull,
            _ => MySqlTlsMode.Preferred,
        },
        CaFile = options.Tls.CaFile,
        CertFile = options.Tls.CertFile,
        KeyFile = options.Tls.KeyFile,
        CommandTimeout = CommandTimeout,
    };
}
