using Binlog.MySql;
using Binlog.RelayLog;
using Binlog.Service.Configuration;
using Binlog.Service.Downstream.Claiming;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Downstream.Outside;
using Binlog.Service.Downstream.Sqlite;

namespace Binlog.Service.Downstream;

/// <summary>Makes sessions with the configured target.</summary>
/// <param name="options">The target.</param>
/// <param name="checkpoint">Where its checkpoint is.</param>
/// <param name="clusterId">The upstream cluster.</param>
/// <param name="claim">Who applies.</param>
internal sealed class TargetFactory(DownstreamOptions options, CheckpointOptions checkpoint, ulong clusterId, TargetClaim claim)
{
    /// <summary>How long a MySQL server may be silent during a statement: as long as a schema change of a large table may take.</summary>
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromMinutes(30);

    /// <summary>A new session, not opened yet.</summary>
    public ITarget Create() => options.Type == DownstreamType.Sqlite
        ? new SqliteTarget(options.File!, clusterId) { Claim = claim }
        : new MySqlTarget(new MySqlTargetOptions { Connection = ConnectionOptions(options), ClusterId = clusterId, Claim = claim, CheckpointPlace = PlaceOf(checkpoint, clusterId) });

    /// <summary>Asks the target who holds locks; null for one that can't be asked.</summary>
    public ITargetWaits? CreateWaits() => options.Type == DownstreamType.Sqlite ? null : new MySqlWaits(ConnectionOptions(options));

    /// <summary>Makes sessions with the checkpoint's place; null when that is the target.</summary>
    public static Func<ICheckpointPlace>? PlaceOf(CheckpointOptions checkpoint, ulong clusterId) => checkpoint.Type switch
    {
        CheckpointType.File => () => new FileCheckpointPlace(checkpoint.File!, clusterId, new SegmentedLogOptions { Directory = Path.GetDirectoryName(checkpoint.File)! }.FileSystem),
        CheckpointType.MySql => () => new MySqlCheckpointPlace(ConnectionOptions(checkpoint.Server!), checkpoint.Database, clusterId),
        _ => null,
    };

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
