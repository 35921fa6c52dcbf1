using System.Buffers;
using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Repairing;

/// <summary>Puts a patched copy of a segment in its place. May be interrupted anywhere and repeated.</summary>
internal static class SegmentRewriter
{
    private const int PieceSize = 1 << 20;

    /// <summary>Copies a file as it is and flushes the copy.</summary>
    public static void Copy(ILogFileSystem fileSystem, string from, string to, ReadProgress? progress, CancellationToken cancellationToken)
    {
        using ILogFile source = fileSystem.OpenRead(from);
        using ILogFile target = fileSystem.Create(to);
        CopyBytes(source, target, source.Length, progress, cancellationToken);
        target.Flush();
    }

    /// <summary>Writes the patched segment under a temporary name, flushes it, then gives it its name. The caller flushes the directory.</summary>
    public static void Rewrite(ILogFileSystem fileSystem, SegmentPatch patch, ReadProgress? progress, CancellationToken cancellationToken)
    {
        string temporary = patch.Path + SegmentName.TemporaryExtension;
        using (ILogFile target = fileSystem.Create(temporary))
        {
            if (patch.Exists)
            {
                using ILogFile source = fileSystem.OpenRead(patch.Path);
                CopyBytes(source, target, Math.Min(source.Length, patch.Length), progress, cancellationToken);
            }

            target.SetLength(patch.Length);
            WritePatches(target, patch);
            target.Flush();
        }

        fileSystem.Rename(temporary, patch.Path);
    }

    private static void WritePatches(ILogFile target, SegmentPatch patch)
    {
        byte[] bytes = new byte[SegmentHeader.Size];
        patch.Header.Write(bytes);
        target.Write(bytes, 0);
        foreach ((long from, long to) in patch.Zeros)
        {
            target.Write(new byte[to - from], from);
        }

        foreach ((long offset, GapHeader gap) in patch.Gaps)
        {
            gap.Write(bytes, patch.Header.RecordSeed);
            target.Write(bytes.AsSpan(0, GapHeader.Size), offset);
        }
    }

    private static void CopyBytes(ILogFile source, ILogFile target, long end, ReadProgress? progress, CancellationToken cancellationToken)
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            for (long offset = 0; offset < end;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int count = source.Read(piece.AsSpan(0, (int)Math.Min(piece.Length, end - offset)), offset);
                if (count == 0)
                {
                    throw new EndOfStreamException($"The file ended at byte {offset} while {end} bytes were being copied.");
                }

                target.Write(piece.AsSpan(0, count), offset);
                offset += count;
                progress?.Add(count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }
}
