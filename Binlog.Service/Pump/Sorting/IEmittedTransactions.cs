namespace Binlog.Service.Pump.Sorting;

/// <summary>What the sorter has emitted before, as the index knows it.</summary>
internal interface IEmittedTransactions
{
    /// <summary>Whether exactly this transaction has been emitted.</summary>
    bool Contains(ulong commitTs, ulong startTs);

    /// <summary>Looks for a transaction by its start TS. Asked rarely: only about one that began before much that has been emitted since.</summary>
    bool TryFindCommitTs(ulong startTs, out ulong commitTs);
}
