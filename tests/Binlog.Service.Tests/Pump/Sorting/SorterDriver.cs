using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Tests.Pump.Sorting;

/// <summary>A sorter whose output is collected, as the Pump's index collects it.</summary>
internal sealed class SorterDriver
{
    private readonly CommitSorter _sorter;
    private readonly List<CommittedTransaction> _output = [];
    private long _arrived;

    public SorterDriver(int rememberedOutcomes = 1000) =>
        _sorter = new CommitSorter(asked => _output.Any(emitted => emitted.CommitTs == asked.CommitTs && emitted.StartTs == asked.StartTs), rememberedOutcomes);

    public CommitSorter Sorter => _sorter;

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
        var emitted = new List<CommittedTransaction>();
        _sorter.Advance(emitted);
        _output.AddRange(emitted);
        return [.. emitted.Select(transaction => transaction.CommitTs)];
    }

    /// <summary>Where the driver says that its n-th binlog (from 0) is.</summary>
    public static LogPosition PositionOf(long arrival) => new(1, 64 + (8 * arrival));
}
