using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Binlog.MySql.Errors;
using Binlog.MySql.Protocol;
using Binlog.MySql.Transport;

namespace Binlog.MySql.Sessions;

/// <summary>COM_QUERY packets in the order they will be sent, written in place into pooled chunks.</summary>
/// <remarks>A chunk holds many small statements and leaves in one write. A statement of 16 MB - 1 or more is cut into several
/// packets by putting headers between pieces of its chunks; its bytes stay where they are.</remarks>
internal sealed class StatementBuffer : IBufferWriter<byte>
{
    private const int ChunkBytes = 64 * 1024;

    /// <summary>Chunks kept for the next use: 4 MiB.</summary>
    private const int KeptChunks = 64;

    /// <summary>A statement begins where its header and the part that an error shows fit.</summary>
    private const int MinStartBytes = ProtocolConstants.HeaderBytes + 1 + StatementExcerpt.MaxBytes;

    private readonly List<byte[]> _used = [];
    private readonly Stack<byte[]> _kept = new();
    private readonly List<ReadOnlyMemory<byte>> _segments = [];
    private StatementMark[] _marks = new StatementMark[16];
    private byte[] _chunk = [];
    private int _segmentStart;
    private int _position;

    private int _headerSegment;
    private int _headerPosition;
    private long _statementStart = -1;

    /// <summary>Statements that are complete.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes to send, headers included.</summary>
    public long Bytes { get; private set; }

    public bool IsStatementOpen => _statementStart >= 0;

    /// <summary>Packets of a statement: the server's answer counts on from there.</summary>
    public int PacketsOf(int index) => _marks[index].Packets;

    public string ExcerptOf(int index)
    {
        var mark = _marks[index];
        return StatementExcerpt.Create(mark.Chunk.AsSpan(mark.Start, mark.Length), mark.IsCut);
    }

    public void Begin(ProtocolCommand command)
    {
        if (IsStatementOpen)
        {
            throw new InvalidOperationException("The statement before isn't ended.");
        }

        EnsureRoom(MinStartBytes);
        _headerSegment = _segments.Count;
        _headerPosition = _position;
        _statementStart = Bytes;
        Advance(ProtocolConstants.HeaderBytes);
        GetSpan(1)[0] = (byte)command;
        Advance(1);
    }

    public void End()
    {
        if (!IsStatementOpen)
        {
            throw new InvalidOperationException("No statement is begun.");
        }

        var length = Bytes - _statementStart - ProtocolConstants.HeaderBytes;
        if (Count == _marks.Length)
        {
            Array.Resize(ref _marks, Count * 2);
        }

        var headerChunk = _segments.Count == _headerSegment ? _chunk : ChunkOf(_headerSegment);
        var textStart = _headerPosition + ProtocolConstants.HeaderBytes + 1;
        var textLength = (int)Math.Min(length - 1, StatementExcerpt.MaxBytes);
        var textHere = Math.Min(textLength, headerChunk.Length - textStart);
        _marks[Count++] = new StatementMark(headerChunk, textStart, textHere, textHere < length - 1, (int)(length / ProtocolConstants.MaxPacketPayload) + 1);
        if (length < ProtocolConstants.MaxPacketPayload)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(headerChunk.AsSpan(_headerPosition), (uint)length);
        }
        else
        {
            Split(length);
        }

        _statementStart = -1;
    }

    /// <summary>Adds a statement that the caller keeps unchanged until it was sent; long ones aren't copied.</summary>
    public void Add(ReadOnlyMemory<byte> utf8Sql)
    {
        Begin(ProtocolCommand.Query);
        if (utf8Sql.Length <= ChunkBytes)
        {
            this.Write(utf8Sql.Span);
        }
        else
        {
            this.Write(utf8Sql.Span[..StatementExcerpt.MaxBytes]);
            CloseSegment();
            _segments.Add(utf8Sql[StatementExcerpt.MaxBytes..]);
            Bytes += utf8Sql.Length - StatementExcerpt.MaxBytes;
        }

        End();
    }

    public void Advance(int count)
    {
        if (count < 0 || count > _chunk.Length - _position || !IsStatementOpen)
        {
            throw new InvalidOperationException(IsStatementOpen
                ? $"Advanced by {count}, but {_chunk.Length - _position} bytes were handed out."
                : "No statement is begun.");
        }

        _position += count;
        Bytes += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(Math.Max(sizeHint, 1));
        return _chunk.AsMemory(_position);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureRoom(Math.Max(sizeHint, 1));
        return _chunk.AsSpan(_position);
    }

    /// <summary>Sends everything; what is in the buffer stays there until <see cref="Clear"/>.</summary>
    public async Task SendAsync(ServerChannel channel)
    {
        CloseSegment();
        for (var i = 0; i < _segments.Count; i++)
        {
            await channel.WriteAsync(_segments[i]).ConfigureAwait(false);
        }
    }

    /// <summary>A copy of what will be sent.</summary>
    internal byte[] ToArray()
    {
        CloseSegment();
        return [.. _segments.SelectMany(segment => segment.ToArray())];
    }

    public void Clear()
    {
        foreach (var chunk in _used)
        {
            if (chunk.Length == ChunkBytes && _kept.Count < KeptChunks)
            {
                _kept.Push(chunk);
            }
        }

        _used.Clear();
        _segments.Clear();
        Array.Clear(_marks, 0, Count);
        _chunk = [];
        _segmentStart = _position = 0;
        _statementStart = -1;
        Count = 0;
        Bytes = 0;
    }

    private void EnsureRoom(int count)
    {
        if (_chunk.Length - _position >= count)
        {
            return;
        }

        CloseSegment();
        _chunk = count <= ChunkBytes
            ? _kept.TryPop(out var kept) ? kept : GC.AllocateUninitializedArray<byte>(ChunkBytes)
            : GC.AllocateUninitializedArray<byte>(count);
        _used.Add(_chunk);
        _segmentStart = _position = 0;
    }

    private void CloseSegment()
    {
        if (_position > _segmentStart)
        {
            _segments.Add(_chunk.AsMemory(_segmentStart, _position - _segmentStart));
            _segmentStart = _position;
        }
    }

    private byte[] ChunkOf(int segment) =>
        MemoryMarshal.TryGetArray(_segments[segment], out var array) ? array.Array! : throw new InvalidOperationException("A segment isn't an array.");

    /// <summary>Cuts the statement just written into packets of at most 16 MB - 1.</summary>
    private void Split(long length)
    {
        CloseSegment();
        var pieces = _segments.GetRange(_headerSegment, _segments.Count - _headerSegment);
        _segments.RemoveRange(_headerSegment, pieces.Count);
        MemoryMarshal.TryGetArray(pieces[0], out var first);
        var before = _headerPosition - first.Offset;
        if (before > 0)
        {
            _segments.Add(pieces[0][..before]);
        }

        pieces[0] = pieces[0][(before + ProtocolConstants.HeaderBytes)..];
        var unsent = length;
        var left = 0L;
        byte sequence = 0;
        foreach (var whole in pieces)
        {
            for (var piece = whole; !piece.IsEmpty;)
            {
                left = left > 0 ? left : AddHeader(unsent, sequence++);
                var part = piece[..(int)Math.Min(left, piece.Length)];
                _segments.Add(part);
                left -= part.Length;
                unsent -= part.Length;
                piece = piece[part.Length..];
            }
        }

        if (length % ProtocolConstants.MaxPacketPayload == 0)
        {
            AddHeader(0, sequence);
        }
    }

    private long AddHeader(long statementLeft, byte sequence)
    {
        var payload = (uint)Math.Min(statementLeft, ProtocolConstants.MaxPacketPayload);
        var header = new byte[ProtocolConstants.HeaderBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(header, payload | (uint)sequence << 24);
        _segments.Add(header);
        Bytes += sequence > 0 ? ProtocolConstants.HeaderBytes : 0;
        return payload;
    }

    private readonly record struct StatementMark(byte[] Chunk, int Start, int Length, bool IsCut, int Packets);
}
