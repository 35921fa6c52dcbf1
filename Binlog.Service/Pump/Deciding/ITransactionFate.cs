namespace Binlog.Service.Pump.Deciding;

/// <summary>
/// Knows how transactions ended: the storage that the writer committed them to. It answers what it finds; when which question
/// may be asked is decided by <see cref="FateInquiry"/>. Thread-safe: several questions are asked at a time. An answer that takes
/// too long is cancelled and asked for again; any exception counts as "can't be asked now".
/// </summary>
internal interface ITransactionFate
{
    /// <summary>Its name in logs and stored decisions, such as "TiKV".</summary>
    string Name { get; }

    /// <summary>
    /// Looks for the transaction's record of commit or rollback and changes nothing. In TiKV: MvccGetByKey of the prewrite key, the write
    /// with this start TS; type Rollback is a rollback, any other a commit. Undecided when there is none.
    /// </summary>
    ValueTask<TransactionFate> FindWriteAsync(TransactionQuestion question, CancellationToken cancellationToken);

    /// <summary>
    /// Looks at the transaction's lock, and may end a transaction whose lock has expired. In TiKV: CheckTxnStatus of the primary key at
    /// the newest TSO. Undecided while the lock lives.
    /// </summary>
    ValueTask<TransactionFate> CheckStatusAsync(TransactionQuestion question, CancellationToken cancellationToken);
}
