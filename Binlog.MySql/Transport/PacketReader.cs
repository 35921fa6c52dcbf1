using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Binlog.MySql.Protocol;

namespace Binlog.MySql.Transport;

/// <summary>Cuts the server's bytes into payloads, in one buffer that is used again and again.</summary>
/// <remarks>The buffer grows with the data that has arrived, never by what a header announces. A payload is valid until the next
/// call of any method. Not safe for concurrent use.</remarks>
internal sealed class PacketReader(ServerChannel channel)
{
    /// <summary>Limit until somebody has logged in.</summary>
    private const int LoginBytes = 64 * 1024;

    private const int InitialBytes = 64 * 1024;

    /// <summary>A buffer larger than this is given back when the payload that needed it is done.</summary>
    private const int KeptBytes = 1024 * 1024;

    /// <summary>Shortest answer to a command, header included: an OK without a remark.</summary>
    private const int MinAnswerBytes = 11;

    /// <summary>Most bytes worth waiting for at once.</summary>
    private const int MaxExpectedBytes = 8 * 1024;

    private byte[] _buffer = new byte[InitialBytes];

    /// <summary>First byte of the payload being put together from several packets.</summary>
    private int _start;

    /// <summary>How much of that payload is complete, without headers; -1 between payloads.</summary>
    private int _assembled = -1;

    /// <summary>Next byte to look at: a packet header.</summary>
    private int _position;

    private int _end;
    private byte _sequence;

    /// <summary>Lowest number that the answer may begin with; the same as expected once it has begun.</summary>
    private byte _earliest;

    /// <summary>Payload and header bytes taken so far, for limits on whole answers.</summary>
    public long Consumed { get; private set; }

    /// <summary>Largest payload accepted.</summary>
    public int MaxPayloadBytes { get; set; } = LoginBytes;

    /// <summary>The payload that was taken last.</summary>
    public ReadOnlyMemory<byte> Current { get; private set; }

    /// <summary>Commands sent, or being sent, whose answers aren't complete, the one being read included.</summary>
    public int OpenAnswers { get; set; } = 1;

    /// <summary>Whether bytes have arrived that belong to no payload taken.</summary>
    public bool HasUnread => _position < _end;

    /// <summary>What is read next begins a dialogue: its packet has number 0.</summary>
    public void ExpectStart() => _sequence = _earliest = 0;

    /// <summary>What is read next answers a command of that many packets. Its number is the next after theirs, or a lower one: a
    /// server that refuses a statement for its length doesn't read it to the end.</summary>
    public void ExpectAnswer(int commandPackets)
    {
        _sequence = (byte)commandPackets;
        _earliest = (byte)(commandPackets > byte.MaxValue ? 0 : 1);
    }

    /// <summary>The number for a packet that this side sends next.</summary>
    public byte TakeSequence()
    {
        var sequence = _sequence++;
        _earliest = _sequence;
        return sequence;
    }

    public bool TryRead(out ReadOnlySpan<byte> payload)
    {
        while (TryTakePacket(out var start, out var length))
        {
            if (_assembled < 0 && length < ProtocolConstants.MaxPacketPayload)
            {
                Current = _buffer.AsMemory(start, length);
                payload = Current.Span;
                return true;
            }

            if (_assembled < 0)
            {
                _start = start;
                _assembled = 0;
            }

            Buffer.BlockCopy(_buffer, start, _buffer, _start + _assembled, length);
            _assembled += length;
            if (length < ProtocolConstants.MaxPacketPayload)
            {
                Current = _buffer.AsMemory(_start, _assembled);
                payload = Current.Span;
                _assembled = -1;
                return true;
            }
        }

        payload = default;
        return false;
    }

    /// <summary>Waits for the next payload.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync()
    {
        while (!TryRead(out _))
        {
            await FillAsync().ConfigureAwait(false);
        }

        return Current;
    }

    /// <summary>Waits for more bytes from the server.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask FillAsync()
    {
        MakeRoom();
        channel.ExpectBytes(Math.Min(1 + (OpenAnswers - 1) * MinAnswerBytes, MaxExpectedBytes));
        _end += await channel.ReadAsync(_buffer.AsMemory(_end)).ConfigureAwait(false);
    }

    private bool TryTakePacket(out int start, out int length)
    {
        start = _position + ProtocolConstants.HeaderBytes;
        length = 0;
        if (_end < start)
        {
            return false;
        }

        var header = BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(_position));
        length = (int)(header & ProtocolConstants.MaxPacketPayload);
        var sequence = (byte)(header >> 24);
        if (sequence != _sequence && (sequence < _earliest || sequence > _sequence))
        {
            throw MySqlProtocolException.OutOfOrder(sequence, _sequence);
        }

        if ((long)Math.Max(_assembled, 0) + length > MaxPayloadBytes)
        {
            throw new MySqlProtocolException(
                $"The server sends a packet or row of at least {(long)Math.Max(_assembled, 0) + length} bytes; the limit is {MaxPayloadBytes}. Raise MaxResultRowBytes if the data is really that large.");
        }

        if (_end - start < length)
        {
            return false;
        }

        _position = start + length;
        _sequence = _earliest = (byte)(sequence + 1);
        Consumed += ProtocolConstants.HeaderBytes + length;
        return true;
    }

    private void MakeRoom()
    {
        if (_assembled < 0 && _position == _end)
        {
            _position = _end = 0;
            if (_buffer.Length > KeptBytes)
            {
                _buffer = new byte[InitialBytes];
            }

            return;
        }

        if (_assembled >= 0 && _position > _start + _assembled)
        {
            // Close the gap that headers left, so that the payload and what follows it are next to each other.
            var gap = _position - (_start + _assembled);
            Buffer.BlockCopy(_buffer, _position, _buffer, _position - gap, _end - _position);
            _position -= gap;
            _end -= gap;
        }

        if (_end < _buffer.Length)
        {
            return;
        }

        var first = _assembled >= 0 ? _start : _position;
        var target = _end - first > _buffer.Length / 2 ? new byte[GrownSize()] : _buffer;
        Buffer.BlockCopy(_buffer, first, target, 0, _end - first);
        _buffer = target;
        _position -= first;
        _end -= first;
        _start = 0;
    }

    private int GrownSize() => (int)Math.Min(2L * _buffer.Length, Math.Max(_buffer.Length, (long)MaxPayloadBytes + InitialBytes));
}
