namespace Binlog.Service.Pump.Storage;

/// <summary>The outcome of a transaction that its writer didn't tell this Pump.</summary>
/// <param name="StartTs">The transaction.</param>
/// <param name="CommitTs">Its commit TS; null when it was rolled back.</param>
/// <param name="By">Who says so.</param>
/// <param name="Reason">Why, or how it is known.</param>
/// <param name="At">When it was said.</param>
internal sealed record TransactionDecision(ulong StartTs, ulong? CommitTs, string By, string Reason, DateTimeOffset At);
