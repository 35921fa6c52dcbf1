namespace Binlog.Service.Pump.Deciding;

/// <summary>How a transaction ended.</summary>
internal enum TransactionOutcome
{
    /// <summary>It has not, or nobody knows.</summary>
    Undecided,

    /// <summary>It was committed.</summary>
    Committed,

    /// <summary>It was rolled back, and can't be committed any more.</summary>
    RolledBack,
}
