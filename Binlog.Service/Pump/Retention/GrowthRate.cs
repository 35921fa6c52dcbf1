namespace Binlog.Service.Pump.Retention;

/// <summary>How fast a store grows, in bytes per hour.</summary>
/// <param name="WrittenPerHour">What comes in.</param>
/// <param name="NetPerHour">What comes in less what is removed; negative while the store shrinks.</param>
internal sealed record GrowthRate(double WrittenPerHour, double NetPerHour)
{
    /// <summary>After how many hours this many bytes are taken at this rate; null when the store does not grow.</summary>
    public double? HoursUntil(long bytes) => NetPerHour > 0 ? Math.Max(0, bytes) / NetPerHour : null;
}
