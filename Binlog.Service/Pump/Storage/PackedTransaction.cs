using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Pump.Storage;

/// <summary>
/// A committed transaction in 32 bytes: what the index keeps in memory for each. Records are 8-byte aligned, so an offset is
/// kept in units of 8 bytes, and segment numbers fit 32 bits.
/// </summary>
internal readonly struct PackedTransaction
{
    private readonly uint _prewriteSegment;
    private readonly uint _prewriteOffset;
    private readonly uint _commitSegment;
    private readonly uint _commitOffset;

    public PackedTransaction(in CommittedTransaction transaction)
    {
        CommitTs = transaction.CommitTs;
        StartTs = transaction.StartTs;
        (_prewriteSegment, _prewriteOffset) = Pack(transaction.Prewrite);
        (_commitSegment, _commitOffset) = Pack(transaction.Commit);
    }

    public ulong CommitTs { get; }

    public ulong StartTs { get; }

    public LogPosition Prewrite => new(_prewriteSegment, (long)_prewriteOffset * 8);

    public LogPosition Commit => new(_commitSegment, (long)_commitOffset * 8);

    public CommittedTransaction Unpack() => new(CommitTs, StartTs, Prewrite, Commit);

    private static (uint Segment, uint Offset) Pack(LogPosition position) => (checked((uint)position.Segment), checked((uint)(position.Offset / 8)));
}
