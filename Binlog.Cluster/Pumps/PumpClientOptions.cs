using Binlog.Grpc;

namespace Binlog.Cluster.Pumps;

/// <summary>Settings of a <see cref="PumpClient"/>. The defaults are those of TiDB's Pump Client.</summary>
public sealed record PumpClientOptions
{
    /// <summary>How long a prewrite may go from Pump to Pump before it fails. Default 15 s.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Which Pump is asked first. Default: one after the other.</summary>
    public PumpSelection Selection { get; init; } = PumpSelection.RoundRobin;

    /// <summary>How long a prewrite is repeated on a first Pump that does not answer or is not there, before it goes on to the next. Default: not at all.</summary>
    public TimeSpan FirstPumpPatience { get; init; } = TimeSpan.Zero;

    /// <summary>
    /// Whether a prewrite that no Pump has acknowledged in time is rolled back where it may be stored: right for a transaction that
    /// has failed with it, wrong for one that will be sent again. Default true.
    /// </summary>
    public bool RollBackFailedPrewrites { get; init; } = true;

    /// <summary>TLS files; null connects in cleartext. Default: none.</summary>
    public GrpcTls? Tls { get; init; }

    /// <summary>How long one call may take. Default 5 s.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pause between a prewrite's failure on one Pump and its try on the next. Default 100 ms.</summary>
    public TimeSpan PrewriteRetryDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a commit or rollback is repeated on the Pump that took the prewrite. Default 10 min.</summary>
    public TimeSpan DecisionTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Pause between two tries of a commit or rollback. Default 1 s in TiDB; 200 ms here, so that a restarted Pump goes on sooner.</summary>
    public TimeSpan DecisionRetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);
}
