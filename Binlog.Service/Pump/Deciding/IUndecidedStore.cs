using Binlog.RelayLog;
using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Pump.Deciding;

/// <summary>What deciding needs of a Pump's store. Thread-safe.</summary>
internal interface IUndecidedStore
{
    /// <summary>Everything at or below this commit TS is complete.</summary>
    ulong MaxCommitTs { get; }

    /// <summary>The greatest commit TS that has arrived.</summary>
    ulong MaxSeenTs { get; }

    /// <summary>What the order waits for; null when it waits for nothing.</summary>
    HeldOrder? Held { get; }

    /// <summary>Number of prewrites without an outcome.</summary>
    int UndecidedCount { get; }

    /// <summary>Number of committed transactions that wait for others before them.</summary>
    long WaitingCount { get; }

    /// <summary>Transactions whose prewrite is stored and whose outcome is not known, oldest first.</summary>
    /// <param name="limit">How many at most.</param>
    IReadOnlyList<UndecidedTransaction> ListUndecided(int limit);

    /// <summary>How a transaction stands in the order, by its start TS; null when nothing is known of it, or nothing any more.</summary>
    TransactionFate? FindFate(ulong startTs);

    /// <summary>Reads the key by which a transaction's outcome can be asked for.</summary>
    /// <exception cref="RelayLogException">The prewrite can't be read.</exception>
    byte[] ReadPrewriteKey(UndecidedTransaction transaction);

    /// <summary>Whether the order has taken up the binlog at a position.</summary>
    bool HasSorted(LogPosition position);

    /// <summary>
    /// Appends a note of the decision and the outcome, logs it, and returns when both are flushed. When the writer's own outcome was
    /// flushed in the meantime, that one counts: <see cref="FindFate"/> tells, once the order has taken it up.
    /// </summary>
    /// <param name="decision">What is decided.</param>
    /// <param name="prewriteKey">The key of <see cref="ReadPrewriteKey"/>, by whoever has it already; null reads it.</param>
    /// <param name="cancellationToken">Heeded until it is queued.</param>
    /// <returns>Where the outcome is.</returns>
    /// <exception cref="PumpStoreException">The decision contradicts what is stored or announced.</exception>
    /// <exception cref="RelayLogException">It could not be made durable.</exception>
    ValueTask<LogPosition> DecideAsync(TransactionDecision decision, ReadOnlyMemory<byte>? prewriteKey, CancellationToken cancellationToken);
}
