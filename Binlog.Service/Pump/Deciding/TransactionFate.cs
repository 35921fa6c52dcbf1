namespace Binlog.Service.Pump.Deciding;

/// <summary>An answer about a transaction.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="CommitTs">Its commit TS; 0 unless it was committed.</param>
/// <param name="Found">What the answer rests on, in words: it is stored with the decision.</param>
internal readonly record struct TransactionFate(TransactionOutcome Outcome, ulong CommitTs, string Found)
{
    /// <summary>It was committed at <paramref name="commitTs"/>.</summary>
    public static TransactionFate Committed(ulong commitTs, string found) => new(TransactionOutcome.Committed, commitTs, found);

    /// <summary>It was rolled back for good.</summary>
    public static TransactionFate RolledBack(string found) => new(TransactionOutcome.RolledBack, 0, found);

    /// <summary>Not known: still alive, too young to be asked about, or nothing found.</summary>
    public static TransactionFate Undecided(string found) => new(TransactionOutcome.Undecided, 0, found);
}
