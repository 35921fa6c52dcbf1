namespace Binlog.Cluster.Pd;

/// <summary>Settings of a <see cref="GcSafePointKeeper"/>.</summary>
public sealed record GcSafePointKeeperOptions
{
    /// <summary>The service's ID in PD, such as <c>binlog-drainer-ID</c>; one for each node.</summary>
    public required string ServiceId { get; init; }

    /// <summary>The TSO that has to stay readable now, such as the checkpoint's; 0 while there is none, so that nothing is asked. Called from the keeper's loop.</summary>
    public required Func<ulong> Needed { get; init; }

    /// <summary>How long the safe point holds after the node died; it is renewed every third of it. 3 s and more; default 5 min, as in the original.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Asked at the end: whether the safe point is given back. False leaves it to expire, so that a node that only starts again finds what it needs. Default: true.
    /// </summary>
    public Func<bool> GivesBackAtEnd { get; init; } = static () => true;

    /// <summary>Clock for the pauses.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Is told when the kind of <see cref="GcSafePointKeeper.State"/> changes, from the keeper's loop; must not throw.</summary>
    public Action<GcSafePointState> Changed { get; init; } = static _ => { };
}
