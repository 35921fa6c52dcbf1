using System.Buffers.Binary;

namespace Binlog.TiDB.Codec;

/// <summary>
/// The heads of one row in the newer format (version 128): which columns it has and where their values lie. Every count and offset is
/// checked against the bytes that are there; nothing is allocated.
/// </summary>
/// <remarks>
/// Source: TiDB's design "A new storage row format for efficient decoding" and its rowcodec package. Version, flags (1: large ids and
/// offsets, 2: checksum), number of values and of NULLs (16 bits each), ids of the values, ids of the NULLs, end of each value from the first
/// value's start, the values, checksum. All little-endian. The checksum covers the storage key, which a binlog lacks, so it is passed over.
/// </remarks>
internal readonly ref struct CompactRow
{
    /// <summary>The first byte of such a row; no datum begins with it.</summary>
    public const byte Version = 128;

    private const int HeaderSize = 6;
    private const byte LargeFlag = 1;
    private const byte ChecksumFlag = 2;
    private const byte ExtraChecksumFlag = 8;
    private const int ChecksumSize = 4;

    private readonly ReadOnlySpan<byte> _source;
    private readonly int _ids;
    private readonly int _ends;
    private readonly int _data;
    private readonly bool _isLarge;

    /// <summary>Reads the heads.</summary>
    /// <param name="source">The buffer up to the end of what may belong to the row.</param>
    /// <param name="offset">Where the row starts.</param>
    /// <exception cref="TiDBFormatException">It is cut or contradicts itself.</exception>
    public CompactRow(ReadOnlySpan<byte> source, int offset)
    {
        _source = source;
        Require(source, offset, HeaderSize);
        byte flags = source[offset + 1];
        if ((flags & ~(LargeFlag | ChecksumFlag)) != 0)
        {
            TiDBFormatException.Throw("row of version 128", offset + 1, "flags 0 to 3", $"{flags}");
        }

        _isLarge = (flags & LargeFlag) != 0;
        ValueCount = BinaryPrimitives.ReadUInt16LittleEndian(source[(offset + 2)..]);
        NullCount = BinaryPrimitives.ReadUInt16LittleEndian(source[(offset + 4)..]);
        _ids = offset + HeaderSize;
        _ends = _ids + (ValueCount + NullCount) * (_isLarge ? 4 : 1);
        _data = _ends + ValueCount * (_isLarge ? 4 : 2);
        Require(source, offset, _data - offset);
        long end = _data;
        for (int index = 0; index < ValueCount; index++)
        {
            long next = _data + (long)EndOf(index);
            if (next < end || next > source.Length)
            {
                TiDBFormatException.Throw("row of version 128", _ends, $"value {index} to end between {end} and {source.Length}", $"{next}");
            }

            end = next;
        }

        End = (int)end + ChecksumLength(source, (int)end, (flags & ChecksumFlag) != 0);
    }

    /// <summary>How many columns have a value.</summary>
    public int ValueCount { get; }

    /// <summary>How many columns are NULL.</summary>
    public int NullCount { get; }

    /// <summary>Where the row ends in the buffer.</summary>
    public int End { get; }

    /// <summary>The column of a value, or, from <see cref="ValueCount"/> on, of a NULL.</summary>
    public long IdOf(int index) => _isLarge ? BinaryPrimitives.ReadUInt32LittleEndian(_source[(_ids + index * 4)..]) : _source[_ids + index];

    /// <summary>Start and length of a value in the buffer.</summary>
    public (int Offset, int Length) RangeOf(int index)
    {
        int start = index == 0 ? 0 : (int)EndOf(index - 1);
        return (_data + start, (int)EndOf(index) - start);
    }

    private uint EndOf(int index) => _isLarge
        ? BinaryPrimitives.ReadUInt32LittleEndian(_source[(_ends + index * 4)..])
        : BinaryPrimitives.ReadUInt16LittleEndian(_source[(_ends + index * 2)..]);

    private static int ChecksumLength(ReadOnlySpan<byte> source, int position, bool hasChecksum)
    {
        if (!hasChecksum)
        {
            return 0;
        }

        Require(source, position, 1);
        int length = 1 + ((source[position] & ExtraChecksumFlag) != 0 ? 2 : 1) * ChecksumSize;
        Require(source, position, length);
        return length;
    }

    private static void Require(ReadOnlySpan<byte> source, int position, int length)
    {
        if (source.Length - position < length)
        {
            TiDBFormatException.ThrowTruncated("row of version 128", position, length, source.Length - position);
        }
    }
}
