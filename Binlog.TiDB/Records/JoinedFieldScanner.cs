using Binlog.TiDB.Codec;

namespace Binlog.TiDB.Records;

/// <summary>
/// Finds the bytes that a joined binlog takes from a prewrite, or from a commit, in a payload that comes in pieces: what
/// <see cref="BinlogWriter"/> does for payloads in memory. Memory is constant, whatever the payload. Not thread-safe.
/// </summary>
/// <param name="isPrewrite">Whether the payload is the prewrite's; otherwise the commit's.</param>
public sealed class JoinedFieldScanner(bool isPrewrite)
{
    /// <summary>A field's tag and length, or its tag and whole value: everything but the content of a long field.</summary>
    public const int LongestHead = 2 * Varint.MaxBytes;

    private long _left;
    private bool _isTaken;

    /// <summary>Finds the next bytes to take.</summary>
    /// <param name="piece">Part of the payload.</param>
    /// <param name="isLast">Whether the payload ends with the piece.</param>
    /// <param name="position">Where to go on in the piece; moved.</param>
    /// <param name="run">The bytes to take.</param>
    /// <returns>False when the piece has no more. What then follows the position, fewer than <see cref="LongestHead"/> bytes, must begin the next piece.</returns>
    /// <exception cref="TiDBFormatException">The payload is no protobuf message.</exception>
    public bool TryRead(ReadOnlySpan<byte> piece, bool isLast, ref int position, out Range run)
    {
        while (position < piece.Length)
        {
            int start = position;
            if (_left == 0 && !TryReadHead(piece, isLast, ref position))
            {
                break;
            }

            int content = (int)Math.Min(_left, piece.Length - position);
            position += content;
            _left -= content;
            if (_isTaken)
            {
                run = start..position;
                return true;
            }
        }

        if (isLast && _left > 0)
        {
            TiDBFormatException.ThrowTruncated("protobuf field", position, _left, 0);
        }

        run = default;
        return false;
    }

    private bool TryReadHead(ReadOnlySpan<byte> piece, bool isLast, ref int position)
    {
        if (!isLast && piece.Length - position < LongestHead)
        {
            return false;
        }

        var reader = new ProtoReader(piece, position);
        reader.TryReadField(out int field);
        _isTaken = BinlogWriter.IsJoined(field) == isPrewrite;
        if (reader.Wire != WireType.Bytes)
        {
            reader.Skip();
            position = reader.Position;
            return true;
        }

        position = reader.Position;
        ulong length = Varint.ReadUnsigned(piece, ref position);
        if (length > int.MaxValue)
        {
            TiDBFormatException.Throw("protobuf field", position, $"a length of at most {int.MaxValue}", $"{length}");
        }

        _left = (long)length;
        return true;
    }
}
