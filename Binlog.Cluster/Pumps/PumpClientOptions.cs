using Binlog.Grpc;

namespace Binlog.Cluster.Pumps;

/// <summary>Settings of a <see cref="PumpClient"/>. The defaults are those of TiDB's Pump Client where it has them.</summary>
public sealed record PumpClientOptions
{
    /// <summary>Which Pump is asked first. Default: one after the other.</summary>
    public PumpStrategy Strategy { get; init; } = PumpStrategy.Range;

    /// <summary>TLS files; null connects in cleartext. Default: none.</summary>
    public GrpcTls? Tls { get; init; }

    /// <summary>How long opening waits for the registry and for a Pump that is online. 0 or more; default 15 s. (TiDB doesn't wait.)</summary>
    public TimeSpan DiscoveryTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a prewrite may go from Pump to Pump before it fails. 0 or more; default 15 s.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long one call may take; up to a 32nd longer, because calls share timers. Above 0; default 5 s. (TiDB's is its write timeout.)</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pause between a prewrite's failure on one Pump and its try on the next. 0 or more; default 100 ms.</summary>
    public TimeSpan PrewriteRetryDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a commit or rollback is repeated on the Pump that took the prewrite. 0 or more; default 10 min.</summary>
    public TimeSpan DecisionTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Pause between two tries of a commit or rollback. 0 or more; default 1 s in TiDB, 200 ms here, so that a restarted Pump goes on sooner.</summary>
    public TimeSpan DecisionRetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>After more failed writes in a row than this, a Pump counts as unavailable. 0 or more; default 10.</summary>
    public int MaxConsecutiveErrors { get; init; } = 10;

    /// <summary>Pause between two probes of the Pumps that are online and unavailable. Above 0; default 30 s.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest message that is sent, in bytes: a binlog and some 20 bytes around it. 1 to 2,000,000,000; default 512 MiB.</summary>
    public int MaxMessageBytes { get; init; } = 512 * 1024 * 1024;

    /// <summary>
    /// How long a transaction of <see cref="PumpClient.BeginAgain"/> stays with a Pump that does not answer or is not there, before it is offered to
    /// another. 0 or more; default 10 s.
    /// </summary>
    public TimeSpan RepeatPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long closing waits for rollbacks that are on their way in the background. 0 or more; default 5 s.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Refuses values out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is.</exception>
    internal void Check()
    {
        foreach ((TimeSpan value, string name) in new[]
        {
            (DiscoveryTimeout, nameof(DiscoveryTimeout)), (WriteTimeout, nameof(WriteTimeout)), (PrewriteRetryDelay, nameof(PrewriteRetryDelay)),
            (DecisionTimeout, nameof(DecisionTimeout)), (DecisionRetryDelay, nameof(DecisionRetryDelay)), (RepeatPatience, nameof(RepeatPatience)), (CloseTimeout, nameof(CloseTimeout)),
        })
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero, name);
        }

        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(CallTimeout, TimeSpan.Zero, nameof(CallTimeout));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ProbeInterval, TimeSpan.Zero, nameof(ProbeInterval));
        ArgumentOutOfRangeException.ThrowIfNegative(MaxConsecutiveErrors);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxMessageBytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxMessageBytes, 2_000_000_000);
        if (!Enum.IsDefined(Strategy))
        {
            throw new ArgumentOutOfRangeException(nameof(Strategy), Strategy, "No such strategy.");
        }
    }
}
