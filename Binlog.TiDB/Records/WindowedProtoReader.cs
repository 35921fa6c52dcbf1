using Binlog.TiDB.Codec;

namespace Binlog.TiDB.Records;

/// <summary>Walks the fields of a protobuf message that isn't in memory: heads are read through a small window, long contents passed over.</summary>
internal ref struct WindowedProtoReader(Span<byte> window, int length, PayloadRead read)
{
    public const int WindowBytes = 4096;

    /// <summary>A field's tag and length, or its tag and whole value.</summary>
    private const int LongestHead = 2 * Varint.MaxBytes;

    private readonly Span<byte> _window = window;
    private int _from;
    private int _count;
    private int _position;

    /// <summary>Moves to the next field; false at the end of the message.</summary>
    /// <param name="reader">Stands behind the field's tag.</param>
    /// <param name="field">The field.</param>
    public bool TryReadField(out ProtoReader reader, out int field)
    {
        if (_position >= length)
        {
            reader = default;
            field = 0;
            return false;
        }

        int needed = Math.Min(LongestHead, length - _position);
        if (_position < _from || _position - _from > _count - needed)
        {
            _from = _position;
            _count = Math.Min(_window.Length, length - _position);
            read(_window[.._count], _from);
        }

        reader = new ProtoReader(_window[.._count], _position - _from);
        return reader.TryReadField(out field);
    }

    /// <summary>Goes on behind a value that was read.</summary>
    public void MoveBehind(in ProtoReader reader) => _position = _from + reader.Position;

    /// <summary>Goes on behind a field of wire type 2, whose content isn't read.</summary>
    /// <returns>Where the content is.</returns>
    public ByteRange MoveBehindBytes(in ProtoReader reader)
    {
        int at = reader.Position;
        ulong content = Varint.ReadUnsigned(_window[.._count], ref at);
        int start = _from + at;
        if (content > (ulong)(length - start))
        {
            TiDBFormatException.ThrowTruncated("protobuf field", start, (long)Math.Min(content, long.MaxValue), length - start);
        }

        _position = start + (int)content;
        return new ByteRange(start, (int)content);
    }
}
