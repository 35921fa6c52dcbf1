using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Binlog.RelayLog.Format;

/// <summary>The 48 bytes before a record's payload. Layout: docs/formats/relay-log.md.</summary>
/// <param name="Tag">What the appender said.</param>
/// <param name="PayloadLength">Bytes of payload, without padding.</param>
/// <param name="PayloadChecksum">CRC-32C of the payload.</param>
/// <param name="Sequence">The record's number in the log.</param>
/// <param name="GroupIndex">The record's index among those that were flushed together with it: all before that group were flushed when it was written.</param>
internal readonly record struct RecordHeader(RecordTag Tag, int PayloadLength, uint PayloadChecksum, ulong Sequence, uint GroupIndex)
{
    public const int Size = 48;
    public const int Alignment = 8;
    private const uint Magic = 0x4345_524C;
    private const int ChecksumOffset = Size - sizeof(uint);

    /// <summary>Sequence number of the first record of the flush group: every earlier one had been flushed before this record was written.</summary>
    public ulong GroupStart => Sequence - Math.Min(GroupIndex, Sequence);

    /// <summary>Bytes of the whole record: header, payload and padding.</summary>
    public long RecordSize => SizeOf(PayloadLength);

    public static long SizeOf(int payloadLength) => Size + (((long)payloadLength + (Alignment - 1)) & ~(Alignment - 1L));

    public void Write(Span<byte> target, uint seed)
    {
        target = target[..Size];
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(target[4..], Tag.Kind);
        BinaryPrimitives.WriteUInt16LittleEndian(target[6..], 0);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], PayloadLength);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], PayloadChecksum);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], Sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], Tag.StartTs);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], Tag.CommitTs);
        BinaryPrimitives.WriteUInt32LittleEndian(target[40..], GroupIndex);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumOffset..], Crc32C.Compute(target[..ChecksumOffset], seed));
    }

    /// <summary>True when <paramref name="source"/> begins like a record; says nothing about its integrity.</summary>
    public static bool HasMagic(ReadOnlySpan<byte> source) => BinaryPrimitives.ReadUInt32LittleEndian(source) == Magic;

    /// <summary>Reads a header whose checksum is right for this segment; only then are its length and sequence to be believed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TryRead(ReadOnlySpan<byte> source, uint seed, out RecordHeader header)
    {
        header = default;
        source = source[..Size];
        if (!HasMagic(source)
            || BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumOffset..]) != Crc32C.Compute(source[..ChecksumOffset], seed))
        {
            return false;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(source[8..]);
        if (length < 0)
        {
            return false;
        }

        var tag = new RecordTag(
            BinaryPrimitives.ReadUInt16LittleEndian(source[4..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[32..]));
        header = new RecordHeader(
            tag,
            length,
            BinaryPrimitives.ReadUInt32LittleEndian(source[12..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[40..]));
        return true;
    }

    /// <summary>Why <see cref="TryRead"/> refused.</summary>
    public static (string Expected, string Found) Explain(ReadOnlySpan<byte> source, uint seed)
    {
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(source);
        if (magic != Magic)
        {
            return (Text("record magic", Magic), Text("record magic", magic));
        }

        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumOffset..]);
        uint computed = Crc32C.Compute(source[..ChecksumOffset], seed);
        return stored != computed
            ? (Text("record header checksum", computed), Text("record header checksum", stored))
            : ("a payload length of at most 2147483647", Text("payload length", BinaryPrimitives.ReadUInt32LittleEndian(source[8..])));
    }

    private static string Text(string what, uint value) => string.Create(CultureInfo.InvariantCulture, $"{what} 0x{value:X8}");
}
