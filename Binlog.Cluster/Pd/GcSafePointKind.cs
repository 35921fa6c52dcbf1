namespace Binlog.Cluster.Pd;

/// <summary>How keeping a GC safe point goes, in a word.</summary>
public enum GcSafePointKind
{
    /// <summary>Nothing was asked for yet: there is nothing to keep.</summary>
    Idle,

    /// <summary>PD keeps it.</summary>
    Kept,

    /// <summary>PD refuses: garbage may have been collected beyond it already.</summary>
    Refused,

    /// <summary>PD was not reached; the safe point that it has holds until its time is over.</summary>
    Failing,

    /// <summary>It was given back at the end.</summary>
    Removed,
}
