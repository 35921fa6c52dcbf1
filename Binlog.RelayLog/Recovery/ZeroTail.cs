using System.Buffers;
using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Recovery;

/// <summary>Tells the reserve of a segment's file (zeros) from what was written into it.</summary>
internal static class ZeroTail
{
    private const int PieceSize = 64 * 1024;

    /// <summary>The end of what was written in a range, to the next possible boundary of a record; <paramref name="from"/> when all is zero.</summary>
    public static long EndOfData(ILogFile file, long from, long to)
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            long end = from;
            for (long offset = from; offset < to;)
            {
                int count = file.Read(piece.AsSpan(0, (int)Math.Min(PieceSize, to - offset)), offset);
                if (count == 0)
                {
                    break;
                }

                int last = piece.AsSpan(0, count).LastIndexOfAnyExcept((byte)0);
                end = last < 0 ? end : offset + last + 1;
                offset += count;
            }

            return Math.Min(to, from + ((end - from + (RecordHeader.Alignment - 1)) & ~(RecordHeader.Alignment - 1L)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }
}
