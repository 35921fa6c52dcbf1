using Microsoft.Win32.SafeHandles;

namespace Binlog.RelayLog.Files;

internal sealed class PhysicalLogFile(SafeFileHandle handle, string path) : ILogFile
{
    public long Length => RandomAccess.GetLength(handle);

    public int Read(Span<byte> buffer, long offset) => RandomAccess.Read(handle, buffer, offset);

    public void Write(ReadOnlySpan<byte> buffer, long offset) => RandomAccess.Write(handle, buffer, offset);

    /// <remarks>Linux only: elsewhere a longer file doesn't make a flush faster.</remarks>
    public bool TryReserve(long end) => OperatingSystem.IsLinux() && NativeFile.TryAllocate(handle, Length, end);

    public void SetLength(long length) => RandomAccess.SetLength(handle, length);

    public void Flush()
    {
        if (OperatingSystem.IsLinux())
        {
            NativeFile.FlushData(handle, path);
        }
        else
        {
            RandomAccess.FlushToDisk(handle);
        }
    }

    public void Dispose() => handle.Dispose();
}
