using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Tests.Pump.Sorting;

/// <summary>A sorter whose output is collected, as the Pump's index collects it.</summary>
internal sealed class SorterDriver : IEmittedTransactions
{
    private readonly SorterLimits _limits;
    private readonly List<CommittedTransaction> _output = [];
    private CommitSorter _sorter;
    private long _arrived;

    public SorterDriver(int rememberedOutcomes = 1000, int pendingInMemory = 1000)
    {
        _limits = new SorterLimits(rememberedOutcomes, pendingInMemory);
        _sorter = new CommitSorter(this, Runs, new RolledBackTransactions(), _limits);
    }

    public CommitSorter Sorter => _sorter;

    public MemoryRuns Runs { get; private set; } = new();

    /// <summary>How often the index was asked about a start TS.</summary>
    public int Questions { get; private set; }

    public IReadOnlyList<CommittedTransaction> Output => _output;

    public IEnumerable<ulong> CommitTimestamps => _output.Select(transaction => transaction.CommitTs);

    public string? Prewrite(ulong startTs) => Add(PumpRecordKind.Prewrite, startTs, 0);

    public string? Commit(ulong startTs, ulong commitTs) => Add(PumpRecordKind.Commit, startTs, commitTs);

    public string? Rollback(ulong startTs) => Add(PumpRecordKind.Rollback, startTs, 0);

    public string? Fake(ulong ts) => Add(PumpRecordKind.Fake, ts, ts);

    public string? Add(PumpRecordKind kind, ulong startTs, ulong commitTs) =>
        _sorter.Add(new Arrival(kind, startTs, commitTs, PositionOf(_arrived++)));

    /// <summary>Advances; the driver's output has what comes out.</summary>
    /// <returns>What came out now.</returns>
    public IReadOnlyList<ulong> Advance()
    {
        int before = _output.Count;
        bool isMore = true;
        while (isMore)
        {
            var emitted = new List<CommittedTransaction>();
            isMore = _sorter.Advance(emitted, most: 3);
            _output.AddRange(emitted);
        }

        return [.. _output.Skip(before).Select(transaction => transaction.CommitTs)];
    }

    /// <summary>Goes on with a new sorter in the saved state of the present one, as after a restart; not while anything is put away.</summary>
    public void Restart()
    {
        if (_sorter.Pending.ArePutAway)
        {
            return;
        }

        SorterState state = _sorter.Save();
        Runs = new MemoryRuns();
        _sorter = new CommitSorter(this, Runs, new RolledBackTransactions(), _limits);
        int recalled = Math.Max(0, _output.Count - _limits.Emitted);
        _sorter.Emitted.Forget(_output.Take(recalled).Select(transaction => transaction.StartTs).DefaultIfEmpty().Max());
        foreach (CommittedTransaction transaction in _output.Skip(recalled))
        {
            _sorter.Emitted.Add(transaction.StartTs, transaction.CommitTs);
        }

        _sorter.Restore(state);
    }

    public bool Contains(ulong commitTs, ulong startTs) => _output.Any(emitted => emitted.CommitTs == commitTs && emitted.StartTs == startTs);

    public bool TryFindCommitTs(ulong startTs, out ulong commitTs)
    {
        Questions++;
        commitTs = _output.Find(emitted => emitted.StartTs == startTs).CommitTs;
        return commitTs > 0;
    }

    /// <summary>Where the driver says that its n-th binlog (from 0) is.</summary>
    public static LogPosition PositionOf(long arrival) => new(1, 64 + (8 * arrival));
}
