namespace Binlog.Service.Pump.Deciding;

/// <summary>A transaction that is asked about.</summary>
/// <param name="StartTs">Its start TS.</param>
/// <param name="PrewriteKey">Its primary key in TiKV, as the prewrite has it.</param>
/// <param name="NewestTs">The newest TSO that is known, as the time at which is asked.</param>
internal sealed record TransactionQuestion(ulong StartTs, ReadOnlyMemory<byte> PrewriteKey, ulong NewestTs);
