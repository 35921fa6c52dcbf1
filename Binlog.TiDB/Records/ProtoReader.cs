using Binlog.TiDB.Codec;

namespace Binlog.TiDB.Records;

/// <summary>Walks the fields of one protobuf message inside a buffer.</summary>
internal ref struct ProtoReader : IProtoReader
{
    private readonly ReadOnlySpan<byte> _source;
    private int _position;

    public ProtoReader(ReadOnlySpan<byte> source, int offset, int length)
        : this(source[..(offset + length)], offset)
    {
    }

    /// <summary>Reads a message that ends where the buffer ends.</summary>
    public ProtoReader(ReadOnlySpan<byte> source, int offset)
    {
        _source = source;
        _position = offset;
    }

    public readonly int Position => _position;

    public WireType Wire { get; private set; }

    /// <summary>Moves to the next field; false at the end of the message.</summary>
    public bool TryReadField(out int field)
    {
        if (_position >= _source.Length)
        {
            field = 0;
            return false;
        }

        var start = _position;
        var tag = Varint.ReadUnsigned(_source, ref _position);
        Wire = (WireType)(tag & 7);
        if (tag >> 3 is 0 or > 0x1fffffff)
        {
            TiDBFormatException.Throw("protobuf field", start, "a field number of 1 to 536870911", $"{tag >> 3}");
        }

        field = (int)(tag >> 3);
        return true;
    }

    public long ReadInt64(string what)
    {
        Expect(WireType.Varint, what);
        return (long)Varint.ReadUnsigned(_source, ref _position);
    }

    public ByteRange ReadBytes(string what)
    {
        Expect(WireType.Bytes, what);
        var start = _position;
        var length = Varint.ReadUnsigned(_source, ref _position);
        if (length > (ulong)(_source.Length - _position))
        {
            TiDBFormatException.ThrowTruncated(what, start, (long)Math.Min(length, long.MaxValue), _source.Length - _position);
        }

        var range = new ByteRange(_position, (int)length);
        _position += (int)length;
        return range;
    }

    public void Skip()
    {
        switch (Wire)
        {
            case WireType.Varint:
                Varint.ReadUnsigned(_source, ref _position);
                break;
            case WireType.Bytes:
                ReadBytes("protobuf field");
                break;
            case WireType.Fixed32:
                Advance(4);
                break;
            case WireType.Fixed64:
                Advance(8);
                break;
            default:
                TiDBFormatException.Throw("protobuf field", _position, "wire type 0, 1, 2 or 5", $"{(int)Wire}");
                break;
        }
    }

    public readonly int CountVarints(ByteRange packed)
    {
        var source = _source[..(packed.Offset + packed.Length)];
        var count = 0;
        for (var position = packed.Offset; position < source.Length; count++)
        {
            Varint.ReadUnsigned(source, ref position);
        }

        return count;
    }

    private void Advance(int count)
    {
        if (_source.Length - _position < count)
        {
            TiDBFormatException.ThrowTruncated("protobuf field", _position, count, _source.Length - _position);
        }

        _position += count;
    }

    private readonly void Expect(WireType expected, string what)
    {
        if (Wire != expected)
        {
            TiDBFormatException.Throw(what, _position, $"wire type {(int)expected}", $"{(int)Wire}");
        }
    }
}
