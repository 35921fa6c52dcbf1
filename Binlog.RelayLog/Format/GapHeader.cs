using System.Buffers.Binary;

namespace Binlog.RelayLog.Format;

/// <summary>The 48 bytes that a repair puts where damaged records were. Layout: docs/formats/relay-log.md.</summary>
/// <param name="Length">Bytes of the whole gap, these included; a multiple of 8. What follows these in the gap means nothing.</param>
/// <param name="FirstSequence">Sequence number of the first record that is lost.</param>
/// <param name="NextSequence">Sequence number of the record that follows the gap.</param>
/// <param name="HighestCommitTs">No lost record has a commit TS above this one; <see cref="ulong.MaxValue"/> when nothing is known.</param>
/// <param name="IsMinimum">More records may be lost than the sequence numbers say: the end of what was lost isn't known.</param>
internal readonly record struct GapHeader(long Length, ulong FirstSequence, ulong NextSequence, ulong HighestCommitTs, bool IsMinimum)
{
    public const int Size = RecordHeader.Size;
    public const int Alignment = RecordHeader.Alignment;
    private const uint Magic = 0x5041_474C;
    private const uint MinimumFlag = 1;
    private const int ChecksumOffset = Size - sizeof(uint);

    public ulong LostSequences => NextSequence - FirstSequence;

    public void Write(Span<byte> target, uint seed)
    {
        target = target[..Size];
        target.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], IsMinimum ? MinimumFlag : 0);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], Length);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], FirstSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], NextSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], HighestCommitTs);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumOffset..], Crc32C.Compute(target[..ChecksumOffset], seed));
    }

    /// <summary>Reads a gap whose checksum is right for this segment and whose numbers make sense.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, uint seed, out GapHeader gap)
    {
        gap = default;
        source = source[..Size];
        if (BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumOffset..]) != Crc32C.Compute(source[..ChecksumOffset], seed))
        {
            return false;
        }

        gap = new GapHeader(
            BinaryPrimitives.ReadInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[32..]),
            (BinaryPrimitives.ReadUInt32LittleEndian(source[4..]) & MinimumFlag) != 0);
        return gap.Length >= Size && gap.Length % RecordHeader.Alignment == 0 && gap.FirstSequence > 0 && gap.NextSequence >= gap.FirstSequence;
    }
}
