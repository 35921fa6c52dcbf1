namespace Binlog.Service.Pump.Retention;

/// <summary>Room on the disk of a directory, in bytes.</summary>
/// <param name="AvailableBytes">What this process may still take.</param>
/// <param name="TotalBytes">The disk's size.</param>
internal readonly record struct DiskSpace(long AvailableBytes, long TotalBytes)
{
    /// <summary>Asks the system about the disk that holds a directory.</summary>
    /// <exception cref="IOException">The disk doesn't answer.</exception>
    public static DiskSpace Measure(string directory)
    {
        var drive = new DriveInfo(directory);
        return new DiskSpace(drive.AvailableFreeSpace, drive.TotalSize);
    }
}
