namespace Binlog.Service.Drainer.Explaining;

/// <summary>What a Pump's order waits for.</summary>
/// <param name="StartTs">Start TS of the transaction.</param>
/// <param name="WaitsForOutcome">Whether its outcome is missing, or else its prewrite.</param>
/// <param name="Seconds">For how long.</param>
/// <param name="WaitingTransactions">Committed transactions that wait behind it.</param>
internal sealed record HeldPumpOrder(ulong StartTs, bool WaitsForOutcome, double Seconds, long WaitingTransactions);
