using System.Buffers.Binary;
using Binlog.RelayLog.Format;

namespace Binlog.Service.Pump.Storage.Indexing;

/// <summary>What is kept in memory of a full block of the index, and stands before the blocks in its file. Layout: docs/formats/pump-index.md.</summary>
/// <param name="Number">The block's number, counted from 0.</param>
/// <param name="FirstCommitTs">Commit TS of its first transaction.</param>
/// <param name="LastCommitTs">Commit TS of its last transaction.</param>
/// <param name="MinStartTs">The smallest start TS in it.</param>
/// <param name="MaxStartTs">The greatest start TS in it.</param>
/// <param name="SmallestSegment">The smallest segment that one of its transactions refers to.</param>
/// <param name="Checksum">CRC-32C of its bytes.</param>
/// <param name="PreviousCommitTs">Commit TS of the last transaction before it, so that a missing block is noticed; 0 for block 0.</param>
internal readonly record struct BlockSummary(
    long Number, ulong FirstCommitTs, ulong LastCommitTs, ulong MinStartTs, ulong MaxStartTs, uint SmallestSegment, uint Checksum, ulong PreviousCommitTs)
{
    public const int Size = 64;
    private const int ChecksumOffset = Size - sizeof(uint);

    /// <summary>Sums up a full block.</summary>
    public static BlockSummary Of(long number, ReadOnlySpan<PackedTransaction> entries, uint checksum, ulong previousCommitTs)
    {
        ulong minStartTs = ulong.MaxValue;
        ulong maxStartTs = 0;
        uint smallestSegment = uint.MaxValue;
        foreach (ref readonly PackedTransaction entry in entries)
        {
            minStartTs = Math.Min(minStartTs, entry.StartTs);
            maxStartTs = Math.Max(maxStartTs, entry.StartTs);
            smallestSegment = Math.Min(smallestSegment, entry.SmallestSegment);
        }

        return new BlockSummary(number, entries[0].CommitTs, entries[^1].CommitTs, minStartTs, maxStartTs, smallestSegment, checksum, previousCommitTs);
    }

    public void Write(Span<byte> target, uint seed)
    {
        target = target[..Size];
        target.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(target, Number);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], FirstCommitTs);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], LastCommitTs);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], MinStartTs);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], MaxStartTs);
        BinaryPrimitives.WriteUInt32LittleEndian(target[40..], SmallestSegment);
        BinaryPrimitives.WriteUInt32LittleEndian(target[44..], Checksum);
        BinaryPrimitives.WriteUInt64LittleEndian(target[48..], PreviousCommitTs);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumOffset..], Crc32C.Compute(target[..ChecksumOffset], seed));
    }

    /// <summary>Reads the summary of a certain block; false when it isn't intact.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, uint seed, long number, out BlockSummary summary)
    {
        source = source[..Size];
        summary = new BlockSummary(
            BinaryPrimitives.ReadInt64LittleEndian(source),
            BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[32..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[40..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[44..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[48..]));
        return summary.Number == number
            && BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumOffset..]) == Crc32C.Compute(source[..ChecksumOffset], seed);
    }
}
