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
        field = ProtoFields.NumberOf(Varint.ReadUnsigned(_source, ref _position), start, out var wire);
        Wire = wire;
        return true;
    }

    public long ReadInt64(string what)
    {
        ProtoFields.Expect(WireType.Varint, Wire, what, _position);
        return (long)Varint.ReadUnsigned(_source, ref _position);
    }

    public ByteRange ReadBytes(string what)
    {
        ProtoFields.Expect(WireType.Bytes, Wire, what, _position);
        var start = _position;
        var length = Varint.ReadUnsigned(_source, ref _position);
        var range = ProtoFields.RangeOf(what, start, length, _position, _source.Length);
        _position += range.Length;
        return range;
    }

    public void Skip() => ProtoFields.Skip(ref this);

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

    public void Advance(int count)
    {
        if (_source.Length - _position < count)
        {
            TiDBFormatException.ThrowTruncated("protobuf field", _position, count, _source.Length - _position);
        }

        _position += count;
    }
}
