using System.Buffers.Binary;
using System.Text;

namespace Binlog.MySql.Protocol;

/// <summary>Writes the payloads of the connection phase, which are small and rare: its buffer is an ordinary array.</summary>
internal sealed class PayloadWriter
{
    private byte[] _buffer = new byte[512];
    private int _length;

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    public void WriteByte(byte value) => Grow(1)[0] = value;

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Grow(2), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Grow(4), value);

    public void WriteZeros(int count) => Grow(count).Clear();

    public void WriteBytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Grow(bytes.Length));

    public void WriteNulTerminated(string text)
    {
        WriteBytes(Encoding.UTF8.GetBytes(text));
        WriteByte(0);
    }

    public void WriteLengthEncodedInteger(ulong value)
    {
        switch (value)
        {
            case < 0xFB:
                WriteByte((byte)value);
                break;
            case <= ushort.MaxValue:
                WriteByte(0xFC);
                WriteUInt16((ushort)value);
                break;
            case <= 0xFFFFFF:
                WriteByte(0xFD);
                WriteUInt16((ushort)value);
                WriteByte((byte)(value >> 16));
                break;
            default:
                WriteByte(0xFE);
                BinaryPrimitives.WriteUInt64LittleEndian(Grow(8), value);
                break;
        }
    }

    public void WriteLengthEncodedBytes(ReadOnlySpan<byte> bytes)
    {
        WriteLengthEncodedInteger((ulong)bytes.Length);
        WriteBytes(bytes);
    }

    public void WriteLengthEncodedString(string text) => WriteLengthEncodedBytes(Encoding.UTF8.GetBytes(text));

    private Span<byte> Grow(int count)
    {
        if (_buffer.Length - _length < count)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + count));
        }

        _length += count;
        return _buffer.AsSpan(_length - count, count);
    }
}
