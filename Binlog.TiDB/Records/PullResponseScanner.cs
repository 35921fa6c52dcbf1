using Binlog.TiDB.Codec;

namespace Binlog.TiDB.Records;

/// <summary>
/// Finds the binlog in a <c>PullBinlogResp</c> (pump.proto: entity 1, in it payload 2) that comes in pieces. Memory is constant, whatever the message has or
/// claims. Not thread-safe.
/// </summary>
public sealed class PullResponseScanner
{
    /// <summary>A field's tag and length, or its tag and whole value: everything but the content of a long field.</summary>
    public const int LongestHead = 2 * Varint.MaxBytes;

    private const int EntityField = 1;
    private const int PayloadField = 2;
    private const string What = "PullBinlogResp";

    private long _offset;
    private long _entityEnd = -1;
    private long _fieldLeft;
    private bool _isPayload;

    /// <summary>Whether the message has a binlog.</summary>
    public bool HasPayload { get; private set; }

    /// <summary>Finds the binlog's next bytes.</summary>
    /// <param name="piece">Part of the message.</param>
    /// <param name="isLast">Whether the message ends with the piece.</param>
    /// <param name="position">Where to go on in the piece; moved.</param>
    /// <param name="run">Bytes of the binlog; all of them when the piece is the whole message.</param>
    /// <returns>False when the piece has no more. What then follows the position, fewer than <see cref="LongestHead"/> bytes, must begin the next piece.</returns>
    /// <exception cref="TiDBFormatException">The message contradicts itself, ends early, or has more than one binlog.</exception>
    public bool TryRead(ReadOnlySpan<byte> piece, bool isLast, ref int position, out Range run)
    {
        while (position < piece.Length)
        {
            int start = position;
            if (_fieldLeft == 0)
            {
                if (!isLast && piece.Length - position < LongestHead)
                {
                    break;
                }

                ReadHead(piece, ref position);
                continue;
            }

            int count = (int)Math.Min(_fieldLeft, piece.Length - position);
            position += count;
            _offset += count;
            _fieldLeft -= count;
            if (_isPayload)
            {
                run = start..position;
                return true;
            }
        }

        if (isLast)
        {
            CheckEnd();
        }

        run = default;
        return false;
    }

    /// <summary>Checks, at the message's end, that there was a binlog.</summary>
    /// <exception cref="TiDBFormatException">There was none.</exception>
    public void RequirePayload()
    {
        if (!HasPayload)
        {
            TiDBFormatException.Throw(What, _offset, "an entity with a payload", "none");
        }
    }

    private void ReadHead(ReadOnlySpan<byte> piece, ref int position)
    {
        int start = position;
        if (_offset == _entityEnd)
        {
            _entityEnd = -1;
        }

        var reader = new ProtoReader(piece, position);
        reader.TryReadField(out int field);
        ulong length = 0;
        if (reader.Wire == WireType.Bytes)
        {
            position = reader.Position;
            length = Varint.ReadUnsigned(piece, ref position);
        }
        else
        {
            reader.Skip();
            position = reader.Position;
        }

        _offset += position - start;
        long limit = _entityEnd >= 0 ? _entityEnd : (long)int.MaxValue;
        if (_offset > limit || length > (ulong)(limit - _offset))
        {
            TiDBFormatException.Throw(What, _offset, $"a field that ends at byte {limit} at the latest", $"one of {length} bytes");
        }

        Enter(field, (long)length, reader.Wire == WireType.Bytes);
    }

    private void Enter(int field, long length, bool hasContent)
    {
        _isPayload = false;
        if (hasContent && _entityEnd < 0 && field == EntityField)
        {
            _entityEnd = _offset + length;
            return;
        }

        _fieldLeft = length;
        if (hasContent && _entityEnd >= 0 && field == PayloadField)
        {
            if (HasPayload)
            {
                TiDBFormatException.Throw(What, _offset, "one payload", "another one");
            }

            HasPayload = true;
            _isPayload = true;
        }
    }

    private void CheckEnd()
    {
        long missing = _fieldLeft > 0 ? _fieldLeft : Math.Max(_entityEnd - _offset, 0);
        if (missing > 0)
        {
            TiDBFormatException.ThrowTruncated(What, _offset, missing, 0);
        }
    }
}
