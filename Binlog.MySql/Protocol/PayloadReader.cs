using System.Buffers.Binary;
using System.Text;

namespace Binlog.MySql.Protocol;

/// <summary>Reads the fields of one payload; every read checks what is left.</summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> payload, string packet)
{
    private readonly ReadOnlySpan<byte> _payload = payload;
    private readonly string _packet = packet;
    private int _position;

    public readonly int Position => _position;

    public readonly int Left => _payload.Length - _position;

    public byte ReadByte() => Take(1)[0];

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ReadOnlySpan<byte> ReadBytes(long count) => Take(count);

    public ReadOnlySpan<byte> ReadToEnd() => Take(Left);

    /// <summary>Bytes up to a NUL, which is consumed and must be there.</summary>
    public ReadOnlySpan<byte> ReadNulTerminated()
    {
        var length = _payload[_position..].IndexOf((byte)0);
        if (length < 0)
        {
            throw MySqlProtocolException.Truncated(_packet, _payload.Length, 1, 0);
        }

        return Take(length + 1)[..length];
    }

    /// <summary>Bytes up to a NUL or to the end of the payload.</summary>
    public ReadOnlySpan<byte> ReadNulTerminatedOrRest()
    {
        var length = _payload[_position..].IndexOf((byte)0);
        return length < 0 ? ReadToEnd() : Take(length + 1)[..length];
    }

    public ulong ReadLengthEncodedInteger() => ReadByte() switch
    {
        0xFC => ReadUInt16(),
        0xFD => ReadUInt24(),
        0xFE => BinaryPrimitives.ReadUInt64LittleEndian(Take(8)),
        (0xFB or 0xFF) and var marker => throw new MySqlProtocolException(
            $"The server's {_packet} packet has 0x{marker:X2} at offset {_position - 1}, where a length-encoded integer is expected."),
        var value => value,
    };

    public ReadOnlySpan<byte> ReadLengthEncodedBytes()
    {
        var length = ReadLengthEncodedInteger();
        return length <= (ulong)Left ? Take((long)length) : throw TooShort(length);
    }

    public string ReadLengthEncodedString() => Encoding.UTF8.GetString(ReadLengthEncodedBytes());

    /// <summary>A field of a text row: its place in the payload, or a length of -1 for NULL.</summary>
    public (int Start, int Length) ReadField()
    {
        if (Left > 0 && _payload[_position] == 0xFB)
        {
            _position++;
            return (_position, -1);
        }

        var field = ReadLengthEncodedBytes();
        return (_position - field.Length, field.Length);
    }

    public readonly void ExpectEnd()
    {
        if (Left != 0)
        {
            throw MySqlProtocolException.Leftover(_packet, _position, Left);
        }
    }

    private uint ReadUInt24()
    {
        var bytes = Take(3);
        return bytes[0] | (uint)bytes[1] << 8 | (uint)bytes[2] << 16;
    }

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > Left)
        {
            throw TooShort((ulong)count);
        }

        var bytes = _payload.Slice(_position, (int)count);
        _position += (int)count;
        return bytes;
    }

    private readonly MySqlProtocolException TooShort(ulong needed) =>
        MySqlProtocolException.Truncated(_packet, _position, (long)Math.Min(needed, long.MaxValue), Left);
}
