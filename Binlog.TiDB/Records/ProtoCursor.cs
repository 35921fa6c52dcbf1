using Binlog.TiDB.Codec;

namespace Binlog.TiDB.Records;

/// <summary>
/// <see cref="ProtoReader"/> for bytes that are read in pieces: it holds one window of them, which moves forward with it. Errors and offsets are the
/// same. Not thread-safe.
/// </summary>
internal sealed class ProtoCursor : IProtoReader
{
    /// <summary>Enough for a few fields' heads.</summary>
    public const int SmallestWindow = 64;

    private readonly IByteSource _source;
    private readonly byte[] _window;
    private int _from;
    private int _count;
    private int _end;

    /// <param name="source">The bytes.</param>
    /// <param name="windowBytes">At least <see cref="SmallestWindow"/>.</param>
    public ProtoCursor(IByteSource source, int windowBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(windowBytes, SmallestWindow);
        _source = source;
        _window = new byte[Math.Min(windowBytes, Math.Max(SmallestWindow, source.Length))];
    }

    /// <inheritdoc/>
    public int Position { get; private set; }

    /// <inheritdoc/>
    public WireType Wire { get; private set; }

    /// <summary>Goes to another place: a field of a message that ends at <paramref name="end"/>.</summary>
    public void MoveTo(int position, int end)
    {
        Position = position;
        _end = end;
    }

    /// <inheritdoc/>
    public bool TryReadField(out int field)
    {
        if (Position >= _end)
        {
            field = 0;
            return false;
        }

        var start = Position;
        field = ProtoFields.NumberOf(ReadVarint(), start, out var wire);
        Wire = wire;
        return true;
    }

    /// <inheritdoc/>
    public long ReadInt64(string what)
    {
        ProtoFields.Expect(WireType.Varint, Wire, what, Position);
        return (long)ReadVarint();
    }

    /// <inheritdoc/>
    public ByteRange ReadBytes(string what)
    {
        ProtoFields.Expect(WireType.Bytes, Wire, what, Position);
        var start = Position;
        var length = ReadVarint();
        var range = ProtoFields.RangeOf(what, start, length, Position, _end);
        Position += range.Length;
        return range;
    }

    /// <inheritdoc/>
    public void Skip()
    {
        var reader = this;
        ProtoFields.Skip(ref reader);
    }

    /// <inheritdoc/>
    public int CountVarints(ByteRange packed)
    {
        var (position, end) = (Position, _end);
        var count = 0;
        MoveTo(packed.Offset, packed.Offset + packed.Length);
        for (; Position < _end; count++)
        {
            ReadVarint();
        }

        MoveTo(position, end);
        return count;
    }

    /// <summary>Reads an integer.</summary>
    public ulong ReadVarint()
    {
        var at = Position - _from;
        if ((uint)at < (uint)_count && Position < _end && _window[at] < 0x80)
        {
            Position++;
            return _window[at];
        }

        return ReadLongVarint();
    }

    /// <summary>Copies bytes that were passed; the target is as long as they are.</summary>
    public void Copy(ByteRange range, Span<byte> target)
    {
        if (!Covers(range) && range.Length <= _window.Length / 2)
        {
            Fill(range.Offset);
        }

        if (Covers(range))
        {
            _window.AsSpan(range.Offset - _from, range.Length).CopyTo(target);
            return;
        }

        _source.Read(target[..range.Length], range.Offset);
    }

    private bool Covers(ByteRange range) => range.Offset >= _from && range.Offset + range.Length <= _from + _count;

    private ulong ReadLongVarint()
    {
        var needed = Math.Min(Varint.MaxBytes, _end - Position);
        if (!Covers(new ByteRange(Position, needed)))
        {
            Fill(Position);
        }

        var at = Position - _from;
        try
        {
            var value = Varint.ReadUnsigned(_window.AsSpan(0, Math.Min(_count, _end - _from)), ref at);
            Position = _from + at;
            return value;
        }
        catch (TiDBFormatException exception)
        {
            throw new TiDBFormatException(exception.What, _from + exception.Offset, exception.Expected, exception.Found, exception);
        }
    }

    private void Fill(int position)
    {
        var count = Math.Min(_window.Length, _source.Length - position);
        _count = 0;
        _source.Read(_window.AsSpan(0, count), position);
        (_from, _count) = (position, count);
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        if (_end - Position < count)
        {
            TiDBFormatException.ThrowTruncated("protobuf field", Position, count, _end - Position);
        }

        Position += count;
    }
}
