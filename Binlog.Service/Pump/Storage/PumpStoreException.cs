using Binlog.Service.Hosting;

namespace Binlog.Service.Pump.Storage;

/// <summary>The Pump's store refuses a request. The message says why and what to do.</summary>
internal abstract class PumpStoreException(string message) : ServiceException(message);

/// <summary>A commit came whose commit TS has already been announced as complete.</summary>
internal sealed class CommitTooLateException(ulong startTs, ulong commitTs, ulong maxCommitTs) : PumpStoreException(
    $"The commit of start TS {startTs} has commit TS {commitTs}, which is not above this Pump's max commit TS {maxCommitTs}: Drainers have already been told that everything up to there is complete. "
    + "The writer must take its timestamps from the cluster's TSO.");

/// <summary>A commit came, or was decided, at the commit TS of another transaction.</summary>
internal sealed class CommitTsTakenException(ulong startTs, ulong commitTs, ulong owner) : PumpStoreException(
    $"The transaction of start TS {startTs} can't be committed at {commitTs}: on this Pump the transaction of start TS {owner} has that commit TS, and a TSO gives each timestamp once. "
    + "Check both timestamps; a writer must take them from the cluster's TSO.");

/// <summary>A commit came of a transaction that was rolled back on this Pump.</summary>
internal sealed class TransactionRolledBackException(ulong startTs) : PumpStoreException(
    $"The transaction of start TS {startTs} was rolled back on this Pump, so its commit is not taken. A transaction that is tried again needs a new start TS.");

/// <summary>A pull starts where binlogs have been removed.</summary>
internal sealed class CommitTsRemovedException(ulong requested, ulong oldest) : PumpStoreException(
    $"Binlogs after commit TS {requested} are asked for, but those up to {oldest} have been removed by retention. The oldest position that can be pulled from is {oldest}. "
    + "Load the target anew from a backup at or after it, and set drainer.initialCommitTs to the backup's commit TS.");

/// <summary>A transaction was to be decided that isn't undecided on this Pump.</summary>
internal sealed class NotUndecidedException(ulong startTs, string known) : PumpStoreException(
    $"The transaction of start TS {startTs} can't be decided on this Pump: {known}. Undecided transactions are listed by their start TS; look at them again.");

/// <summary>A commit TS was decided for a transaction that Drainers have passed, or are about to.</summary>
internal sealed class DecisionTooLateException(ulong startTs, ulong commitTs, ulong least) : PumpStoreException(
    $"The transaction of start TS {startTs} can't be committed at {commitTs}: its commit TS must be above its start TS and above {least}, the greatest commit TS that this Pump had when the prewrite came. "
    + "Check the commit TS; a transaction that never committed is to be rolled back.");

/// <summary>Old binlogs can't be removed now.</summary>
internal sealed class RemovalRefusedException(string reason) : PumpStoreException($"Old binlogs of this Pump can't be removed now: {reason}");
