using System.Buffers;
using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Recovery;

/// <summary>Makes the intact part of the last segment durable and cuts the rest.</summary>
internal static class TailRepair
{
    private const int PieceSize = 1 << 20;

    /// <summary>Copies the first <paramref name="end"/> bytes to a new file, flushes it, and puts it in the old one's place.</summary>
    /// <param name="fileSystem">Where the file is.</param>
    /// <param name="path">The segment's path.</param>
    /// <param name="end">Its new length.</param>
    /// <param name="zeros">Bytes that become zero.</param>
    /// <remarks>
    /// What a reader sees after a crash may exist in the kernel's cache alone, marked as written by a flush that failed; flushing that file
    /// again would prove nothing. A copy doesn't depend on it. When the disk is too full for a copy, the same bytes are
    /// written in place, which needs no space and makes the cache write them again.
    /// </remarks>
    public static void Rewrite(ILogFileSystem fileSystem, string path, long end, IReadOnlyList<(long From, long To)> zeros)
    {
        try
        {
            Copy(fileSystem, path, end, zeros);
        }
        catch (IOException e) when (DiskFull.Is(e))
        {
            using ILogFile file = fileSystem.OpenWrite(path);
            file.SetLength(end);
            CopyBytes(file, file, end);
            Clear(file, zeros);
            file.Flush();
        }
    }

    private static void Copy(ILogFileSystem fileSystem, string path, long end, IReadOnlyList<(long From, long To)> zeros)
    {
        string temporary = path + SegmentName.TemporaryExtension;
        try
        {
            using (ILogFile source = fileSystem.OpenRead(path))
            using (ILogFile target = fileSystem.Create(temporary))
            {
                CopyBytes(source, target, end);
                Clear(target, zeros);
                target.Flush();
            }

            fileSystem.Rename(temporary, path);
        }
        catch (IOException e) when (DiskFull.Is(e))
        {
            fileSystem.Delete(temporary);
            throw;
        }
    }

    private static void CopyBytes(ILogFile source, ILogFile target, long end)
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            for (long offset = 0; offset < end;)
            {
                int count = source.Read(piece.AsSpan(0, (int)Math.Min(piece.Length, end - offset)), offset);
                if (count == 0)
                {
                    throw new EndOfStreamException($"The file ended at byte {offset} while {end} bytes were being copied.");
                }

                target.Write(piece.AsSpan(0, count), offset);
                offset += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private static void Clear(ILogFile file, IReadOnlyList<(long From, long To)> zeros)
    {
        foreach ((long from, long to) in zeros)
        {
            file.Write(new byte[to - from], from);
        }
    }
}
