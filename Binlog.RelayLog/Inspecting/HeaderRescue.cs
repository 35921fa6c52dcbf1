using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Inspecting;

/// <summary>Undoes the most common damage of a segment's header: one flipped bit, which the checksum gives away.</summary>
internal static class HeaderRescue
{
    /// <summary>The header with the one bit turned back that makes its checksum right; null when no single bit does.</summary>
    public static SegmentHeader? TryFlipBack(ILogFile file, string path, ulong number)
    {
        byte[] bytes = new byte[SegmentHeader.Size];
        for (int count = 0; count < bytes.Length;)
        {
            int read = file.Read(bytes.AsSpan(count), count);
            if (read == 0)
            {
                return null;
            }

            count += read;
        }

        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            if (TryRead(bytes, path) is { } header && header.Number == number)
            {
                return header;
            }

            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        return null;
    }

    private static SegmentHeader? TryRead(byte[] bytes, string path)
    {
        try
        {
            return SegmentHeader.HasValidChecksum(bytes) ? SegmentHeader.Read(bytes, path) : null;
        }
        catch (RelayLogException)
        {
            return null;
        }
    }
}
