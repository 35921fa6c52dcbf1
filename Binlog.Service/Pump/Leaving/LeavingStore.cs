using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Pump.Leaving;

/// <summary>The Pump's store as leaving sees it.</summary>
internal sealed class LeavingStore(PumpStore store) : ILeavingStore
{
    /// <inheritdoc />
    public ulong WrittenSequence => store.WrittenSequence;

    /// <inheritdoc />
    public ulong SortedSequence => store.SortedSequence;

    /// <inheritdoc />
    public ulong MaxCommitTs => store.MaxCommitTs;

    /// <inheritdoc />
    public string? OrderProblem => store.SortingFault is { } fault ? $"ordering has stopped: {fault.Message}" : Describe(store.Blocker);

    private static string? Describe(Arrival? blocker) => blocker switch
    {
        null => null,
        { Kind: PumpRecordKind.Prewrite } prewrite => $"the transaction of start TS {prewrite.StartTs} has no outcome yet",
        { } commit => $"the transaction of start TS {commit.StartTs}, committed at {commit.CommitTs}, has no prewrite here yet",
    };
}
