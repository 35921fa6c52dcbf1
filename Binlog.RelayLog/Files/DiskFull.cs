namespace Binlog.RelayLog.Files;

/// <summary>Tells a full disk from other failures by the operating system's error code, which .NET keeps in HResult.</summary>
public static class DiskFull
{
    private const int LinuxNoSpace = 28;
    private const int LinuxQuota = 122;
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>Whether the exception says that the disk, or a quota on it, is full.</summary>
    public static bool Is(Exception exception) =>
        exception is IOException { HResult: LinuxNoSpace or LinuxQuota or WindowsHandleDiskFull or WindowsDiskFull };
}
