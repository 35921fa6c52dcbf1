using System.Buffers;
using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Recovery;

/// <summary>Looks for intact records of a segment after a damaged place, at every possible offset.</summary>
internal sealed class SurvivorSearch(ILogFile file, uint seed, ulong damagedSequence)
{
    private const int WindowSize = 1 << 20;

    /// <summary>Number of intact records found.</summary>
    public int Count { get; private set; }

    /// <summary>Highest first sequence of a flush group among them.</summary>
    public ulong LatestGroupStart { get; private set; }

    public void Run(long from, long fileLength, CancellationToken cancellationToken)
    {
        byte[] window = ArrayPool<byte>.Shared.Rent(WindowSize);
        try
        {
            for (long offset = from; offset <= fileLength - RecordHeader.Size;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int count = ReadFully(window.AsSpan(0, (int)Math.Min(WindowSize, fileLength - offset)), offset);
                if (count < RecordHeader.Size)
                {
                    return;
                }

                offset = SearchWindow(window.AsSpan(0, count), offset, fileLength);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(window);
        }
    }

    /// <summary>Returns where the next window begins.</summary>
    private long SearchWindow(ReadOnlySpan<byte> window, long offset, long fileLength)
    {
        int index = 0;
        while (index <= window.Length - RecordHeader.Size)
        {
            if (RecordHeader.TryRead(window[index..], seed, out RecordHeader header)
                && header.Sequence >= damagedSequence
                && header.RecordSize <= fileLength - offset - index
                && HasIntactPayload(header, offset + index))
            {
                Count++;
                LatestGroupStart = Math.Max(LatestGroupStart, header.GroupStart);
            }

            index += RecordHeader.Alignment;
        }

        return offset + index;
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
