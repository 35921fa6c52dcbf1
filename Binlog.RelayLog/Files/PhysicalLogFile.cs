using Microsoft.Win32.SafeHandles;

namespace Binlog.RelayLog.Files;

internal sealed class PhysicalLogFile(SafeFileHandle handle, string path) : ILogFile
{
    public long Length => RandomAccess.GetLength(handle);

    public int Read(Span<byte> buffer, long offset) => RandomAccess.Read(handle, buffer, offset);

    public void Write(ReadOnlySpan<byte> buffer, long offset) => RandomAccess.Write(handle, buffer, offset);

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
