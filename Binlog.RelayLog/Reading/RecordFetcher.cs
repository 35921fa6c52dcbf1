using System.Buffers;
using System.Globalization;
using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Reading;

/// <summary>Reads one record by its position. Thread-safe.</summary>
internal sealed class RecordFetcher(LogState state)
{
    /// <summary>Enough for most records in one read.</summary>
    private const int FirstReadSize = 4096;

    private readonly OpenSegments _files = new(state.Options.FileSystem, state.Options.MaxOpenSegments);

    /// <summary>The record at <paramref name="position"/>, of which only the header is read; null at the flushed end.</summary>
    public LargeRecord? Find(LogPosition position)
    {
        SegmentLimit limit = Locate(ref position);
        if (position.Offset == limit.Length)
        {
            return null;
        }

        long available = limit.Length - position.Offset;
        Span<byte> bytes = stackalloc byte[RecordHeader.Size];
        int count = ReadBytes(limit.Segment, bytes[..(int)Math.Min(bytes.Length, available)], position.Offset);
        return new LargeRecord(this, limit.Segment, position, ParseHeader(bytes[..count], limit.Segment, position, available));
    }

    /// <summary>The record at <paramref name="position"/>; null at the flushed end.</summary>
    public RecordBuffer? Fetch(LogPosition position)
    {
        SegmentLimit limit = Locate(ref position);
        if (position.Offset == limit.Length)
        {
            return null;
        }

        ILogFile file = Open(limit.Segment);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(FirstReadSize);
        try
        {
            return Fetch(limit, file, position, ref buffer);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
        finally
        {
            limit.Segment.Return();
        }
    }

    /// <summary>Number of segments whose files are open for positioned reads.</summary>
    public int OpenFiles => _files.Count;

    /// <summary>Reads bytes of a segment; fewer than asked for only where the file ends.</summary>
    /// <exception cref="RetentionGapException">Retention removed the segment.</exception>
    /// <exception cref="LogReadException">The operating system failed to read.</exception>
    public int ReadBytes(Segment segment, Span<byte> target, long offset)
    {
        ILogFile file = Open(segment);
        try
        {
            return ReadFully(file, segment, target, offset);
        }
        finally
        {
            segment.Return();
        }
    }

    private RecordBuffer Fetch(SegmentLimit limit, ILogFile file, LogPosition position, ref byte[] buffer)
    {
        Segment segment = limit.Segment;
        long available = limit.Length - position.Offset;
        int count = ReadFully(file, segment, buffer.AsSpan(0, (int)Math.Min(buffer.Length, available)), position.Offset);
        RecordHeader header = ParseHeader(buffer.AsSpan(0, count), segment, position, available);
        int largest = Math.Min(state.Options.MaxRecordBytes, Array.MaxLength - RecordHeader.Size);
        if (header.PayloadLength > largest)
        {
            throw new RecordTooLargeException($"{segment.Path} at byte {position.Offset}", header.PayloadLength, largest);
        }

        int total = RecordHeader.Size + header.PayloadLength;
        if (total > count)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(total);
            buffer.AsSpan(0, count).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
            count += ReadFully(file, segment, buffer.AsSpan(count, total - count), position.Offset + count);
        }

        uint checksum = count < total ? ~header.PayloadChecksum : Crc32C.Compute(buffer.AsSpan(RecordHeader.Size, header.PayloadLength));
        return checksum == header.PayloadChecksum
            ? new RecordBuffer(position, header, buffer)
            : throw Damaged(
                segment,
                position,
                string.Create(CultureInfo.InvariantCulture, $"payload checksum 0x{header.PayloadChecksum:X8} for record {header.Sequence}"),
                string.Create(CultureInfo.InvariantCulture, $"payload checksum 0x{checksum:X8} over {count - RecordHeader.Size} bytes"));
    }

    /// <summary>The segment of a position, which moves to the next record's when it stands between two segments.</summary>
    private SegmentLimit Locate(ref LogPosition position)
    {
        SegmentLimit limit = state.Locate(position);
        if (limit.Segment.Number != position.Segment || position.Offset < SegmentHeader.Size)
        {
            position = LogState.StartOf(limit.Segment);
        }

        return limit;
    }

    private static RecordHeader ParseHeader(ReadOnlySpan<byte> bytes, Segment segment, LogPosition position, long available)
    {
        if (bytes.Length < RecordHeader.Size)
        {
            throw Damaged(segment, position, "a record header of 48 bytes", $"{bytes.Length} bytes before the end");
        }

        if (!RecordHeader.TryRead(bytes, segment.RecordSeed, out RecordHeader header))
        {
            (string expected, string found) = RecordHeader.Explain(bytes, segment.RecordSeed);
            throw Damaged(segment, position, expected, found);
        }

        return header.RecordSize <= available
            ? header
            : throw Damaged(segment, position, $"record {header.Sequence} of {header.RecordSize} bytes", $"{available} bytes before the end");
    }

    private ILogFile Open(Segment segment)
    {
        try
        {
            return _files.Lend(segment);
        }
        catch (FileNotFoundException)
        {
            state.Locate(LogState.StartOf(segment));
            throw new CorruptLogException(segment.Path, 0, "the segment file", "no such file");
        }
        catch (ObjectDisposedException)
        {
            state.Locate(LogState.StartOf(segment));
            throw;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogReadException(segment.Path, 0, e);
        }
    }

    private int ReadFully(ILogFile file, Segment segment, Span<byte> target, long offset)
    {
        int count = 0;
        try
        {
            while (count < target.Length)
            {
                int read = file.Read(target[count..], offset + count);
                if (read == 0)
                {
                    break;
                }

                count += read;
            }

            return count;
        }
        catch (ObjectDisposedException)
        {
            state.Locate(LogState.StartOf(segment));
            throw;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogReadException(segment.Path, offset + count, e);
        }
    }

    private static CorruptLogException Damaged(Segment segment, LogPosition position, string expected, string found) =>
        new(segment.Path, position.Offset, expected, found);
}
