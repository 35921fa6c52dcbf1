using System.Buffers;
using System.Globalization;
using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Reading;

namespace Binlog.RelayLog.Committing;

/// <summary>Collects encoded records and writes them to a file in large pieces. Not thread-safe.</summary>
internal sealed class GroupBuffer(LogTail? tail) : IDisposable
{
    private const int Capacity = 1 << 20;

    /// <summary>Payloads from this size on are written straight from the caller's memory.</summary>
    private const int DirectSize = 256 * 1024;

    private static readonly byte[] Padding = new byte[RecordHeader.Alignment];
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(Capacity);
    private ulong _segment;
    private int _count;

    /// <summary>Where the next byte goes.</summary>
    public long Offset { get; private set; }

    /// <summary>Forgets what wasn't written and continues at <paramref name="offset"/> of a segment.</summary>
    public void Restart(ulong segment, long offset)
    {
        tail?.Discard();
        _segment = segment;
        Offset = offset;
        _count = 0;
    }

    public void Add(ILogFile file, in RecordHeader header, ReadOnlySpan<byte> payload, uint seed)
    {
        AddHeader(file, header, seed);
        if (payload.Length >= DirectSize)
        {
            WriteOut(file);
            file.Write(payload, Offset);
            Offset += payload.Length;
        }
        else
        {
            Append(file, payload);
        }

        AddPadding(file, header);
    }

    /// <summary>Writes a payload in pieces, through the buffer, as they are read.</summary>
    /// <exception cref="PayloadSourceException">It can't be read, or its bytes aren't those of its checksum.</exception>
    public void Add(ILogFile file, in RecordHeader header, IPayloadSource source, uint seed)
    {
        AddHeader(file, header, seed);
        WriteOut(file);
        uint checksum = 0;
        for (int done = 0; done < header.PayloadLength;)
        {
            Span<byte> piece = _buffer.AsSpan(0, Math.Min(Capacity, header.PayloadLength - done));
            Read(source, piece, done);
            checksum = Crc32C.Compute(piece, checksum);
            file.Write(piece, Offset);
            Offset += piece.Length;
            done += piece.Length;
        }

        if (checksum != header.PayloadChecksum)
        {
            throw new PayloadSourceException(
                string.Create(CultureInfo.InvariantCulture, $"has changed since it was received: its {header.PayloadLength} bytes had the checksum 0x{header.PayloadChecksum:X8}, and have 0x{checksum:X8} now. Check the disk."), null);
        }

        AddPadding(file, header);
    }

    public void WriteOut(ILogFile file)
    {
        if (_count > 0)
        {
            Span<byte> bytes = _buffer.AsSpan(0, _count);
            file.Write(bytes, Offset - _count);
            tail?.Append(_segment, Offset - _count, bytes);
            _count = 0;
        }
    }

    /// <summary>What was written out is flushed.</summary>
    public void Publish() => tail?.Publish();

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private static void Read(IPayloadSource source, Span<byte> piece, int offset)
    {
        try
        {
            source.Read(piece, offset);
        }
        catch (Exception e)
        {
            throw new PayloadSourceException(string.Create(CultureInfo.InvariantCulture, $"can't be read at byte {offset} of {source.Length}: {e.Message}"), e);
        }
    }

    private void AddHeader(ILogFile file, in RecordHeader header, uint seed)
    {
        if (RecordHeader.Size > _buffer.Length - _count)
        {
            WriteOut(file);
        }

        header.Write(_buffer.AsSpan(_count), seed);
        Advance(RecordHeader.Size);
    }

    private void AddPadding(ILogFile file, in RecordHeader header) =>
        Append(file, Padding.AsSpan(0, (int)(header.RecordSize - RecordHeader.Size - header.PayloadLength)));

    private void Append(ILogFile file, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _count)
        {
            WriteOut(file);
        }

        bytes.CopyTo(_buffer.AsSpan(_count));
        Advance(bytes.Length);
    }

    private void Advance(int count)
    {
        _count += count;
        Offset += count;
    }
}
