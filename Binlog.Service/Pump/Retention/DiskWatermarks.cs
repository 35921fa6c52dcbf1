namespace Binlog.Service.Pump.Retention;

/// <summary>Free disk space at and below which a Pump warns, and refuses writes. In bytes; 0 switches one off.</summary>
/// <param name="ConfiguredWarnAtBytes"><c>pump.warnAtAvailableSpace</c>; null goes by the disk's size.</param>
/// <param name="StopWriteAtBytes"><c>pump.stopWriteAtAvailableSpace</c>.</param>
internal sealed record DiskWatermarks(long? ConfiguredWarnAtBytes, long StopWriteAtBytes)
{
    private const long LargestDefault = 20L << 30;
    private const int DefaultShare = 5;
    private const int Margin = 20;

    /// <summary>The soft watermark on a disk of that size; never under the hard one.</summary>
    public long WarnAtBytes(long totalBytes) => ConfiguredWarnAtBytes == 0
        ? 0
        : Math.Max(ConfiguredWarnAtBytes ?? Math.Min(LargestDefault, totalBytes / DefaultShare), StopWriteAtBytes);

    /// <summary>Where free space stands. Once low, it counts as enough again only a twentieth above the soft watermark, so that it does not go to and fro.</summary>
    public DiskState StateOf(DiskSpace space, bool wasLow)
    {
        if (StopWriteAtBytes > 0 && space.AvailableBytes <= StopWriteAtBytes)
        {
            return DiskState.Full;
        }

        long warnAt = WarnAtBytes(space.TotalBytes);
        long limit = wasLow ? warnAt + (warnAt / Margin) : warnAt;
        return warnAt > 0 && space.AvailableBytes <= limit ? DiskState.Low : DiskState.Enough;
    }
}
