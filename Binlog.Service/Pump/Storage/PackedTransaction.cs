using System.Buffers.Binary;
using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Pump.Storage;

/// <summary>
/// A committed transaction in 32 bytes: what the index keeps for each, in memory and on disk. Records are 8-byte aligned, so an
/// offset is kept in units of 8 bytes, and segment numbers fit 32 bits. Layout: docs/formats/pump-index.md.
/// </summary>
internal readonly struct PackedTransaction
{
    public const int Size = 32;

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

    private PackedTransaction(ReadOnlySpan<byte> source)
    {
        CommitTs = BinaryPrimitives.ReadUInt64LittleEndian(source);
        StartTs = BinaryPrimitives.ReadUInt64LittleEndian(source[8..]);
        _prewriteSegment = BinaryPrimitives.ReadUInt32LittleEndian(source[16..]);
        _prewriteOffset = BinaryPrimitives.ReadUInt32LittleEndian(source[20..]);
        _commitSegment = BinaryPrimitives.ReadUInt32LittleEndian(source[24..]);
        _commitOffset = BinaryPrimitives.ReadUInt32LittleEndian(source[28..]);
    }

    public ulong CommitTs { get; }

    public ulong StartTs { get; }

    public LogPosition Prewrite => new(_prewriteSegment, (long)_prewriteOffset * 8);

    public LogPosition Commit => new(_commitSegment, (long)_commitOffset * 8);

    /// <summary>The smaller number of the two segments that it refers to.</summary>
    public uint SmallestSegment => Math.Min(_prewriteSegment, _commitSegment);

    public static PackedTransaction Read(ReadOnlySpan<byte> source) => new(source[..Size]);

    public void Write(Span<byte> target)
    {
        target = target[..Size];
        BinaryPrimitives.WriteUInt64LittleEndian(target, CommitTs);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], StartTs);
        BinaryPrimitives.WriteUInt32LittleEndian(target[16..], _prewriteSegment);
        BinaryPrimitives.WriteUInt32LittleEndian(target[20..], _prewriteOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(target[24..], _commitSegment);
        BinaryPrimitives.WriteUInt32LittleEndian(target[28..], _commitOffset);
    }

    public CommittedTransaction Unpack() => new(CommitTs, StartTs, Prewrite, Commit);

    private static (uint Segment, uint Offset) Pack(LogPosition position) => (checked((uint)position.Segment), checked((uint)(position.Offset / 8)));
}
