using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Pump.Leaving;

/// <summary>The Pump's store as leaving sees it.</summary>
internal sealed class LeavingStore(PumpStore store) : ILeavingStore
{
    /// <inheritdoc />
    public bool IsSorted => store.IsSorted;

    /// <inheritdoc />
    public ulong MaxCommitTs => store.MaxCommitTs;

    /// <inheritdoc />
    public string? OrderProblem => store.SortingFault is { } fault ? $"ordering has stopped: {fault.Message}" : Describe(store.Blocker) ?? DescribeUndecided() ?? DescribeRemainder();

    private static string? Describe(Arrival? blocker) => blocker switch
    {
        null => null,
        { Kind: PumpRecordKind.Prewrite } prewrite => $"the transaction of start TS {prewrite.StartTs} has no outcome yet",
        { } commit => $"the transaction of start TS {commit.StartTs}, committed at {commit.CommitTs}, has no prewrite here yet",
    };

    private string? DescribeUndecided() =>
        store.ListUndecided(1) is [var oldest, ..] ? $"the transaction of start TS {oldest.StartTs} has no outcome yet" : null;

    /// <summary>Asked last: what an outcome lets out comes out in parts, each of which moves the max commit TS only so far.</summary>
    private string? DescribeRemainder() => store.IsAtRest ? null : "what has been decided is still being put in order";
}
