using System.Buffers.Binary;
using System.Globalization;

namespace Binlog.RelayLog.Format;

/// <summary>First 128 bytes of a segment file. Layout: docs/formats/relay-log.md.</summary>
/// <param name="ClusterId">The cluster that the log belongs to.</param>
/// <param name="LogId">Random identity of the log, the same in all of its segments.</param>
/// <param name="Number">The segment's number.</param>
/// <param name="FirstSequence">Sequence number of the first record, so that the previous segment's last one is one less.</param>
/// <param name="BaseCommitTs">Highest commit TS appended before this segment.</param>
/// <param name="CreatedUnixMilliseconds">Creation time, UTC.</param>
/// <param name="PreviousLength">Valid bytes of the previous segment; what its file holds beyond them was never acknowledged. 0 for the first segment.</param>
/// <param name="GapCount">Number of gaps that repairs left in the segment.</param>
/// <param name="LostSequences">Sequence numbers that those gaps cover.</param>
internal readonly record struct SegmentHeader(
    ulong ClusterId, Guid LogId, ulong Number, ulong FirstSequence, ulong BaseCommitTs, long CreatedUnixMilliseconds, long PreviousLength,
    uint GapCount = 0, ulong LostSequences = 0)
{
    public const int Size = 128;

    /// <summary>The newest version that this program knows.</summary>
    public const ushort Version = 2;

    private const ushort VersionWithoutGaps = 1;
    private const int ChecksumOffset = Size - sizeof(uint);

    private static ReadOnlySpan<byte> Magic => "BINLGSEG"u8;

    public DateTimeOffset CreatedUtc => DateTimeOffset.FromUnixTimeMilliseconds(CreatedUnixMilliseconds);

    /// <summary>Start value of the record headers' checksums: ties records to this segment of this log, so that no other record is ever taken for one of them.</summary>
    public uint RecordSeed
    {
        get
        {
            Span<byte> identity = stackalloc byte[24];
            LogId.TryWriteBytes(identity);
            BinaryPrimitives.WriteUInt64LittleEndian(identity[16..], Number);
            return Crc32C.Compute(identity);
        }
    }

    public void Write(Span<byte> target)
    {
        target = target[..Size];
        target.Clear();
        Magic.CopyTo(target);
        // A reader that knows no gaps must refuse a segment that has some; all others stay readable for it.
        ushort version = GapCount > 0 ? Version : VersionWithoutGaps;
        BinaryPrimitives.WriteUInt16LittleEndian(target[8..], version);
        BinaryPrimitives.WriteUInt16LittleEndian(target[10..], version);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], Size);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], ClusterId);
        LogId.TryWriteBytes(target[24..]);
        BinaryPrimitives.WriteUInt64LittleEndian(target[40..], Number);
        BinaryPrimitives.WriteUInt64LittleEndian(target[48..], FirstSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(target[56..], BaseCommitTs);
        BinaryPrimitives.WriteInt64LittleEndian(target[64..], CreatedUnixMilliseconds);
        BinaryPrimitives.WriteInt64LittleEndian(target[72..], PreviousLength);
        BinaryPrimitives.WriteUInt32LittleEndian(target[80..], GapCount);
        BinaryPrimitives.WriteUInt64LittleEndian(target[88..], LostSequences);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumOffset..], Crc32C.Compute(target[..ChecksumOffset]));
    }

    /// <summary>Whether the checksum of a whole header is right.</summary>
    public static bool HasValidChecksum(ReadOnlySpan<byte> source) =>
        BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumOffset..]) == Crc32C.Compute(source[..ChecksumOffset]);

    /// <summary>Reads a header.</summary>
    /// <param name="source">The file's first bytes, <see cref="Size"/> of them unless the file is shorter.</param>
    /// <param name="file">The file's path, for messages.</param>
    /// <exception cref="CorruptLogException">The bytes aren't an intact header.</exception>
    /// <exception cref="LogFormatException">The header demands a newer version of this program.</exception>
    public static SegmentHeader Read(ReadOnlySpan<byte> source, string file)
    {
        if (source.Length < Size)
        {
            throw new CorruptLogException(file, source.Length, $"a segment header of {Size} bytes", $"a file of {source.Length} bytes");
        }

        if (!source.StartsWith(Magic))
        {
            throw new CorruptLogException(file, 0, "the segment magic \"BINLGSEG\"", "the bytes " + Convert.ToHexString(source[..Magic.Length]));
        }

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(source[8..]);
        ushort minimumCompatible = BinaryPrimitives.ReadUInt16LittleEndian(source[10..]);
        if (minimumCompatible > Version)
        {
            throw new LogFormatException(
                file,
                $"the segment has format version {version}, which needs a program that knows version {minimumCompatible}; this one knows up to {Version}. Use a newer one.");
        }

        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumOffset..]);
        uint computed = Crc32C.Compute(source[..ChecksumOffset]);
        if (stored != computed)
        {
            throw new CorruptLogException(file, ChecksumOffset, Text("header checksum", computed), Text("header checksum", stored));
        }

        return new SegmentHeader(
            BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            new Guid(source.Slice(24, 16)),
            BinaryPrimitives.ReadUInt64LittleEndian(source[40..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[48..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[56..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[64..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[72..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[80..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[88..]));
    }

    private static string Text(string what, uint value) => string.Create(CultureInfo.InvariantCulture, $"{what} 0x{value:X8}");
}
