using System.Buffers.Binary;

namespace Binlog.RelayLog.Format;

/// <summary>
/// The small file that a clean close leaves: up to where the log had been flushed. It stays true for ever (flushed bytes stay flushed),
/// so it is never removed, only replaced; when it's missing or damaged, recovery merely does more work.
/// </summary>
internal readonly record struct CloseMark(Guid LogId, ulong Segment, long End)
{
    public const int Size = 48;
    private const int ChecksumOffset = Size - sizeof(uint);

    private static ReadOnlySpan<byte> Magic => "BINLGEND"u8;

    public void Write(Span<byte> target)
    {
        target = target[..Size];
        target.Clear();
        Magic.CopyTo(target);
        LogId.TryWriteBytes(target[8..]);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], Segment);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], End);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumOffset..], Crc32C.Compute(target[..ChecksumOffset]));
    }

    public static CloseMark? TryRead(ReadOnlySpan<byte> source)
    {
        if (source.Length != Size
            || !source.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumOffset..]) != Crc32C.Compute(source[..ChecksumOffset]))
        {
            return null;
        }

        return new CloseMark(
            new Guid(source.Slice(8, 16)),
            BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[32..]));
    }
}
