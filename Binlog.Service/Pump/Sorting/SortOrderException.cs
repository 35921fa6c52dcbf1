namespace Binlog.Service.Pump.Sorting;

/// <summary>A transaction was committed at or below a commit TS that Drainers have already been told is complete.</summary>
internal sealed class SortOrderException(CommittedTransaction transaction, ulong announced) : Exception(
    $"The transaction of start TS {transaction.StartTs} is committed at {transaction.CommitTs}, but this Pump has already announced that everything up to {announced} is complete. "
    + "The writer takes its timestamps from another clock than the cluster. Nothing was dropped: the Pump stops ordering here. Make the writer use the cluster's TSO, and set up the Pump anew.");
