using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Binlog.Service.Downstream.MySql.Rows;

/// <summary>
/// Statements being written, as UTF-8. It is reused, and stands apart from the connection's packets: a statement's size is known,
/// and refused where the server would close the connection over it, before a byte is sent; and the next statements can be written
/// while the server works on the last ones.
/// </summary>
/// <remarks>Literals are for a session whose sql_mode lacks NO_BACKSLASH_ESCAPES and ANSI_QUOTES, with utf8mb4 as its character set.</remarks>
internal sealed class SqlBuffer : IBufferWriter<byte>
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create("\0'\\\u001a"u8);
    private byte[] _bytes = new byte[64 * 1024];

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What has been written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>What has been written, for the time until the next <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    /// <summary>Starts anew. The memory is kept, unless one huge statement made it more than <paramref name="keepBytes"/>.</summary>
    public void Clear(int keepBytes = 16 * 1024 * 1024)
    {
        Length = 0;
        if (_bytes.Length > keepBytes)
        {
            _bytes = new byte[64 * 1024];
        }
    }

    /// <summary>Takes back what was written after <paramref name="length"/> bytes.</summary>
    public void Truncate(int length) => Length = length;

    /// <inheritdoc/>
    public void Advance(int count) => Length += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _bytes.AsMemory(Length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _bytes.AsSpan(Length);
    }

    /// <summary>Appends bytes as they are.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>Appends one byte.</summary>
    public void Write(byte value)
    {
        Reserve(1);
        _bytes[Length++] = value;
    }

    /// <summary>Appends text.</summary>
    public void Write(string text) => Length += Encoding.UTF8.GetBytes(text, GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length)));

    /// <summary>Appends a number.</summary>
    public void Write(long value)
    {
        Utf8Formatter.TryFormat(value, GetSpan(20), out int written);
        Length += written;
    }

    /// <summary>Appends a number.</summary>
    public void Write(ulong value)
    {
        Utf8Formatter.TryFormat(value, GetSpan(20), out int written);
        Length += written;
    }

    /// <summary>
    /// Appends an approximate number: the fewest digits that give the same double back, with an exponent always, because a literal
    /// without one is a DECIMAL to the server and has limits of its own.
    /// </summary>
    public void Write(double value)
    {
        Span<byte> span = GetSpan(40);
        value.TryFormat(span, out int written, "R", CultureInfo.InvariantCulture);
        bool hasExponent = span[..written].Contains((byte)'E');
        Length += written;
        if (!hasExponent)
        {
            Write("E0"u8);
        }
    }

    /// <summary>Appends a string literal. False, with nothing appended, when the bytes are no UTF-8.</summary>
    public bool TryWriteText(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
        {
            return false;
        }

        WriteQuoted(utf8);
        return true;
    }

    /// <summary>Appends a string literal of bytes that are known to be UTF-8.</summary>
    public void WriteQuoted(ReadOnlySpan<byte> utf8)
    {
        Reserve(utf8.Length + 2);
        _bytes[Length++] = (byte)'\'';
        while (true)
        {
            int clean = utf8.IndexOfAny(Escaped);
            if (clean < 0)
            {
                Write(utf8);
                break;
            }

            Reserve(utf8.Length + 3);
            utf8[..clean].CopyTo(_bytes.AsSpan(Length));
            Length += clean;
            _bytes[Length++] = (byte)'\\';
            _bytes[Length++] = utf8[clean] switch
            {
                0 => (byte)'0',
                0x1a => (byte)'Z',
                byte other => other,
            };
            utf8 = utf8[(clean + 1)..];
        }

        Write((byte)'\'');
    }

    /// <summary>Appends a binary literal.</summary>
    public void WriteHex(ReadOnlySpan<byte> bytes)
    {
        Reserve(checked((2 * bytes.Length) + 3));
        _bytes[Length++] = (byte)'x';
        _bytes[Length++] = (byte)'\'';
        Convert.TryToHexStringLower(bytes, _bytes.AsSpan(Length), out int written);
        Length += written;
        _bytes[Length++] = (byte)'\'';
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - Length < count)
        {
            long wanted = Math.Max((long)Length + count, 2L * _bytes.Length);
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(wanted, (long)Length + count)));
        }
    }
}
