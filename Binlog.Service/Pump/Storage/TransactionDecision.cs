namespace Binlog.Service.Pump.Storage;

/// <summary>An outcome that did not come from the transaction's writer.</summary>
/// <param name="StartTs">Start TS of the transaction.</param>
/// <param name="CommitTs">Its commit TS; null when it is rolled back.</param>
/// <param name="By">Who decided: a source of outcomes such as TiKV, or a person.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="At">When it was decided.</param>
internal sealed record TransactionDecision(ulong StartTs, ulong? CommitTs, string By, string Reason, DateTimeOffset At);
