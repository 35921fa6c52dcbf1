using System.Buffers;
using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Recovery;

/// <summary>Looks for the next intact record of a segment at every possible offset. Memory: one window of 1 MiB, which following searches share.</summary>
/// <param name="file">The segment's file.</param>
/// <param name="seed">The segment's <see cref="SegmentHeader.RecordSeed"/>: nothing but its own records is found.</param>
internal sealed class IntactRecordSearch(ILogFile file, uint seed)
{
    private const int WindowSize = 1 << 20;

    private byte[]? _window;
    private long _windowOffset;
    private int _windowCount;

    /// <summary>Finds the first intact record or gap.</summary>
    /// <param name="from">Where to begin, a possible record boundary.</param>
    /// <param name="limit">Bytes from here on don't belong to the segment.</param>
    /// <param name="minimumSequence">Lower sequence numbers are leftovers.</param>
    /// <param name="endSequence">So are these and higher ones; 0 when unknown.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <param name="found">What was found.</param>
    public bool TryFind(long from, long limit, ulong minimumSequence, ulong endSequence, CancellationToken cancellationToken, out IntactRecord found)
    {
        for (long offset = from; offset <= limit - RecordHeader.Size; offset += RecordHeader.Alignment)
        {
            ReadOnlySpan<byte> bytes = BytesAt(offset, limit, cancellationToken);
            if (bytes.Length < RecordHeader.Size)
            {
                break;
            }

            if (TryRead(bytes, offset, limit, out found)
                && found.Sequence >= minimumSequence
                && (endSequence == 0 || found.Sequence < endSequence))
            {
                return true;
            }
        }

        found = default;
        return false;
    }

    /// <summary>Gives up the window, for a file that may have got more since it was read.</summary>
    public void Forget() => _windowCount = 0;

    /// <summary>What the window has from there on; it is read anew when that is less than a header.</summary>
    private ReadOnlySpan<byte> BytesAt(long offset, long limit, CancellationToken cancellationToken)
    {
        long start = offset - _windowOffset;
        if (start < 0 || start > _windowCount - RecordHeader.Size)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _window ??= new byte[WindowSize];
            _windowOffset = offset;
            _windowCount = ReadFully(_window.AsSpan(0, (int)Math.Min(WindowSize, limit - offset)), offset);
            start = 0;
        }

        return _window.AsSpan((int)start, _windowCount - (int)start);
    }

    private bool TryRead(ReadOnlySpan<byte> bytes, long offset, long limit, out IntactRecord found)
    {
        if (RecordHeader.TryRead(bytes, seed, out RecordHeader header))
        {
            found = new IntactRecord(offset, header.RecordSize, header.Sequence, header.GroupStart);
            return header.RecordSize <= limit - offset && HasIntactPayload(header, offset);
        }

        bool isGap = GapHeader.TryRead(bytes, seed, out GapHeader gap) && gap.Length <= limit - offset;
        found = isGap ? new IntactRecord(offset, gap.Length, gap.FirstSequence, gap.FirstSequence) : default;
        return isGap;
    }

    private bool HasIntactPayload(in RecordHeader header, long offset)
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            uint checksum = 0;
            long position = offset + RecordHeader.Size;
            for (int left = header.PayloadLength; left > 0;)
            {
                int count = ReadFully(piece.AsSpan(0, Math.Min(piece.Length, left)), position);
                if (count == 0)
                {
                    return false;
                }

                checksum = Crc32C.Compute(piece.AsSpan(0, count), checksum);
                left -= count;
                position += count;
            }

            return checksum == header.PayloadChecksum;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private int ReadFully(Span<byte> target, long offset)
    {
        int count = 0;
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
}
