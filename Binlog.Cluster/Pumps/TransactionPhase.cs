namespace Binlog.Cluster.Pumps;

/// <summary>How far the decision of a prewritten transaction has come.</summary>
internal enum TransactionPhase
{
    /// <summary>Nothing was decided.</summary>
    Undecided,

    /// <summary>A decision is under way.</summary>
    Deciding,

    /// <summary>The Pump has the commit.</summary>
    Committed,

    /// <summary>The Pump may have the commit.</summary>
    CommitUndelivered,

    /// <summary>The Pump never takes the commit.</summary>
    CommitRefused,

    /// <summary>The Pump has the rollback, or it is on its way in the background.</summary>
    RolledBack,

    /// <summary>The Pump may have the rollback.</summary>
    RollbackUndelivered,
}
