using Binlog.RelayLog.Files;

namespace Binlog.RelayLog.Tests.Support;

/// <summary>An open <see cref="MemoryFile"/>, and the errors that operating systems give.</summary>
internal sealed class MemoryFileHandle(MemoryFile file) : ILogFile
{
    public long Length => file.Content.LongLength;

    public static IOException InputOutputError() => new("Input/output error", 5);

    public static IOException NoSpace(string path) => new($"No space left on device : '{path}'", 28);

    public int Read(Span<byte> buffer, long offset)
    {
        file.Owner.Enter(FileOperation.Read, file.Path);
        return file.Read(buffer, offset);
    }

    public void Write(ReadOnlySpan<byte> buffer, long offset)
    {
        file.Owner.Enter(FileOperation.Write, file.Path);
        file.Write(buffer, offset);
    }

    public bool TryReserve(long end)
    {
        file.Owner.Enter(FileOperation.Reserve, file.Path);
        if (end - file.Content.Length > file.Owner.Capacity - file.Owner.UsedBytes)
        {
            return false;
        }

        file.SetLength(Math.Max(end, file.Content.Length));
        return true;
    }

    public void SetLength(long length)
    {
        file.Owner.Enter(FileOperation.SetLength, file.Path);
        file.SetLength(length);
    }

    public void Flush()
    {
        file.Owner.BeforeFlush?.Invoke();
        try
        {
            file.Owner.Enter(FileOperation.Flush, file.Path);
        }
        catch (IOException) when (!file.Owner.Crashed)
        {
            file.AbandonUnflushed();
            throw;
        }

        file.Flush();
    }

    public void Dispose()
    {
    }
}
