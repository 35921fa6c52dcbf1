using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Binlog.TiDB.Codec;

/// <summary>
/// Walks encoded datums, values and keys alike. Offsets in the datums count from the start of the buffer. Every length is checked against
/// the bytes that are left before it is used; nothing is allocated.
/// </summary>
public ref struct DatumReader
{
    private readonly ReadOnlySpan<byte> _source;
    private int _position;

    /// <summary>Reads the whole buffer.</summary>
    public DatumReader(ReadOnlySpan<byte> source)
    {
        _source = source;
        _position = 0;
    }

    /// <summary>Reads a part of a buffer; offsets of datums still count from the buffer's start.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The part is not inside the buffer.</exception>
    public DatumReader(ReadOnlySpan<byte> source, int offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)offset, (uint)source.Length, nameof(offset));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)(source.Length - offset), nameof(length));
        _source = source[..(offset + length)];
        _position = offset;
    }

    /// <summary>True when nothing is left.</summary>
    public readonly bool End => _position >= _source.Length;

    /// <summary>Where the next datum starts, from the buffer's start.</summary>
    public readonly int Position => _position;

    internal readonly int Remaining => _source.Length - _position;

    internal readonly byte NextFlag => _source[_position];

    /// <summary>Reads one datum and moves past it.</summary>
    /// <exception cref="TiDBFormatException">Nothing is left, the flag is unknown, or the payload is malformed or cut.</exception>
    public Datum Read()
    {
        if (_position >= _source.Length)
        {
            TiDBFormatException.ThrowTruncated("datum", _position, 1, 0);
        }

        var flag = (DatumFlag)_source[_position++];
        switch (flag)
        {
            case DatumFlag.Varint:
                return Datum.FromInt64(Varint.ReadSigned(_source, ref _position));
            case DatumFlag.Uvarint:
                return Datum.FromUInt64(Varint.ReadUnsigned(_source, ref _position));
            case DatumFlag.CompactBytes:
                return ReadCompactBytes();
            case DatumFlag.Null:
                return Datum.Null;
            case DatumFlag.Float:
                return Datum.FromDouble(ComparableCodec.ReadDouble(_source, ref _position));
            case DatumFlag.Decimal:
                return Take(DatumKind.Decimal, BinaryDecimal.Measure(_source, _position));
            case DatumFlag.Json:
                return Take(DatumKind.Json, BinaryJson.Measure(_source, _position));
            case DatumFlag.Duration:
                return Datum.FromDuration(ComparableCodec.ReadInt64(_source, ref _position));
            case DatumFlag.Int:
                return Datum.FromInt64(ComparableCodec.ReadInt64(_source, ref _position));
            case DatumFlag.UInt:
                return Datum.FromUInt64(ComparableCodec.ReadUInt64(_source, ref _position));
            case DatumFlag.Bytes:
                return Take(DatumKind.ComparableBytes, ComparableCodec.MeasureBytes(_source, _position));
            case DatumFlag.VectorFloat32:
                return ReadVector();
            case DatumFlag.Max:
                return Datum.FromRange(DatumKind.MaxValue, 0, 0);
            default:
                TiDBFormatException.Throw("datum", _position - 1, "a known flag", $"0x{(byte)flag:x2}");
                return default;
        }
    }

    /// <summary>Reads a column id; nearly all are one-byte varints.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal long ReadColumnId()
    {
        var at = _position;
        if (_source.Length - at >= 2 && _source[at] == (byte)DatumFlag.Varint && _source[at + 1] < 0x80)
        {
            _position = at + 2;
            return (_source[at + 1] >> 1) ^ -(_source[at + 1] & 1);
        }

        return ReadLongColumnId();
    }

    /// <summary>Moves past one datum.</summary>
    /// <exception cref="TiDBFormatException">As <see cref="Read"/>.</exception>
    public void Skip() => Read();

    private long ReadLongColumnId()
    {
        var position = _position;
        var id = Read();
        if (id.Kind != DatumKind.Int64)
        {
            TiDBFormatException.Throw("row", position, "a column id", $"a {id.Kind} datum");
        }

        return id.AsInt64;
    }

    private Datum ReadCompactBytes()
    {
        var start = _position;
        var length = Varint.ReadSigned(_source, ref _position);
        if (length < 0 || length > _source.Length - _position)
        {
            TiDBFormatException.Throw("bytes datum", start, $"a length of 0 to {_source.Length - _position}", $"{length}");
        }

        return Take(DatumKind.Bytes, (int)length);
    }

    private Datum ReadVector()
    {
        var left = _source.Length - _position;
        if (left < 4)
        {
            TiDBFormatException.ThrowTruncated("vector datum", _position, 4, left);
        }

        var length = 4 + 4L * BinaryPrimitives.ReadUInt32LittleEndian(_source[_position..]);
        if (length > left)
        {
            TiDBFormatException.ThrowTruncated("vector datum", _position, length, left);
        }

        return Take(DatumKind.Vector, (int)length);
    }

    private Datum Take(DatumKind kind, int length)
    {
        var datum = Datum.FromRange(kind, _position, length);
        _position += length;
        return datum;
    }
}
