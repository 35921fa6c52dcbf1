using System.Buffers.Binary;
using System.Text;
using Binlog.RelayLog.Format;

namespace Binlog.Service.Pump.Storage.Indexing;

/// <summary>First 64 bytes of an index file. Layout: docs/formats/pump-index.md.</summary>
/// <param name="LogId">The log that the index is of.</param>
/// <param name="Number">The file's number: that of its first block divided by the blocks of a file.</param>
/// <param name="Layout">How it is cut.</param>
internal readonly record struct IndexFileHeader(Guid LogId, long Number, IndexLayout Layout)
{
    public const int Size = 64;
    private const ushort Version = 1;
    private const int ChecksumOffset = Size - sizeof(uint);

    private static ReadOnlySpan<byte> Magic => "BINLGIDX"u8;

    /// <summary>Start value of all checksums of an index: ties it to its log.</summary>
    public static uint SeedOf(Guid logId)
    {
        Span<byte> bytes = stackalloc byte[16];
        logId.TryWriteBytes(bytes);
        return Crc32C.Compute(bytes);
    }

    public void Write(Span<byte> target)
    {
        target = target[..Size];
        target.Clear();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt16LittleEndian(target[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], Size);
        LogId.TryWriteBytes(target[16..]);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], Number);
        BinaryPrimitives.WriteInt32LittleEndian(target[40..], Layout.BlockEntries);
        BinaryPrimitives.WriteInt32LittleEndian(target[44..], Layout.FileBlocks);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumOffset..], Crc32C.Compute(target[..ChecksumOffset]));
    }

    /// <summary>Why <paramref name="source"/> is not this header; null when it is.</summary>
    public string? FindDifference(ReadOnlySpan<byte> source)
    {
        if (source.Length < Size)
        {
            return $"a file of {source.Length} bytes, shorter than its header";
        }

        Span<byte> expected = stackalloc byte[Size];
        Write(expected);
        return source[..Size].SequenceEqual(expected)
            ? null
            : $"another header ({Encoding.Latin1.GetString(source[..Magic.Length])}, {Convert.ToHexString(source[Magic.Length..Size])}) than that of file {Number} of log {LogId}";
    }
}
