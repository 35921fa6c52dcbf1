using Binlog.RelayLog;
using Binlog.Service.Pump.Deciding;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Tests.Pump.Deciding;

/// <summary>A store of undecided transactions in arrival order, whose order waits for the first. Thread-safe.</summary>
internal sealed class FakeUndecidedStore(TimeProvider time) : IUndecidedStore
{
    private readonly Lock _lock = new();
    private readonly List<ulong> _undecided = [];
    private readonly List<TransactionDecision> _decisions = [];
    private readonly Dictionary<ulong, ulong> _outcomes = [];
    private readonly List<ulong> _keysRead = [];
    private HeldOrder? _held;

    public ulong MaxCommitTs { get; set; }

    public ulong MaxSeenTs { get; set; }

    public long WaitingCount { get; set; }

    /// <summary>What a decision is refused with; null takes it.</summary>
    public Func<TransactionDecision, Exception?> Refuse { get; set; } = _ => null;

    /// <summary>When storing a decision is over.</summary>
    public Task Storing { get; set; } = Task.CompletedTask;

    /// <summary>Whether a decision that was stored is taken up.</summary>
    public bool Sorts { get; set; } = true;

    /// <summary>Whether a decision that was stored counts as taken up although <see cref="Sorts"/> says that it had no effect.</summary>
    public bool HasSortedAll { get; set; }

    /// <summary>What looking for an outcome fails with; null looks.</summary>
    public Func<Exception?> FailFate { get; set; } = () => null;

    /// <summary>What reading a prewrite fails with; null reads it.</summary>
    public Func<ulong, Exception?> FailRead { get; set; } = _ => null;

    /// <summary>The key that the last decision brought along; null when it brought none.</summary>
    public byte[]? LastKey { get; private set; }

    public HeldOrder? Held
    {
        get
        {
            lock (_lock)
            {
                return _held;
            }
        }
    }

    public int UndecidedCount
    {
        get
        {
            lock (_lock)
            {
                return _undecided.Count;
            }
        }
    }

    public IReadOnlyList<TransactionDecision> Decisions
    {
        get
        {
            lock (_lock)
            {
                return [.. _decisions];
            }
        }
    }

    public IReadOnlyList<ulong> KeysRead
    {
        get
        {
            lock (_lock)
            {
                return [.. _keysRead];
            }
        }
    }

    public void Prewrite(params IEnumerable<ulong> startTimestamps)
    {
        lock (_lock)
        {
            _undecided.AddRange(startTimestamps);
            MoveHead();
        }
    }

    /// <summary>The order waits for the prewrite of a transaction that is committed.</summary>
    public void HoldForPrewrite(ulong startTs, ulong commitTs)
    {
        lock (_lock)
        {
            _held = new HeldOrder(startTs, commitTs, PumpRecordKind.Commit, default, time.GetUtcNow());
        }
    }

    /// <summary>The transaction's own writer decides it.</summary>
    public void Decide(ulong startTs, ulong commitTs = 0)
    {
        lock (_lock)
        {
            _undecided.Remove(startTs);
            _outcomes[startTs] = commitTs;
            MoveHead();
        }
    }

    public IReadOnlyList<UndecidedTransaction> ListUndecided(int limit)
    {
        lock (_lock)
        {
            return [.. _undecided.Order().Take(limit).Select(startTs => new UndecidedTransaction(startTs, PositionOf(startTs)))];
        }
    }

    public TransactionFate? FindFate(ulong startTs)
    {
        if (FailFate() is { } failure)
        {
            throw failure;
        }

        lock (_lock)
        {
            return _undecided.Contains(startTs) ? TransactionFate.Undecided("")
                : !_outcomes.TryGetValue(startTs, out ulong commitTs) ? null
                : commitTs == 0 ? TransactionFate.RolledBack("")
                : TransactionFate.Committed(commitTs, "");
        }
    }

    public byte[] ReadPrewriteKey(UndecidedTransaction transaction)
    {
        Assert.Equal(PositionOf(transaction.StartTs), transaction.Prewrite);
        lock (_lock)
        {
            _keysRead.Add(transaction.StartTs);
        }

        return FailRead(transaction.StartTs) is { } failure ? throw failure : BitConverter.GetBytes(transaction.StartTs);
    }

    public bool HasSorted(LogPosition position) => Sorts || HasSortedAll;

    public async ValueTask<LogPosition> DecideAsync(TransactionDecision decision, ReadOnlyMemory<byte>? prewriteKey, CancellationToken cancellationToken)
    {
        LastKey = prewriteKey?.ToArray();
        if (Refuse(decision) is { } refusal)
        {
            throw refusal;
        }

        await Storing;
        lock (_lock)
        {
            _decisions.Add(decision);
            if (Sorts)
            {
                _undecided.Remove(decision.StartTs);
                _outcomes.TryAdd(decision.StartTs, decision.CommitTs ?? 0);
                MoveHead();
            }

            return PositionOf(decision.StartTs);
        }
    }

    private static LogPosition PositionOf(ulong startTs) => new(1, (long)startTs);

    private void MoveHead()
    {
        ulong head = _undecided.FirstOrDefault();
        if (_held?.StartTs != head)
        {
            _held = head == 0 ? null : new HeldOrder(head, 0, PumpRecordKind.Prewrite, PositionOf(head), time.GetUtcNow());
        }
    }
}
