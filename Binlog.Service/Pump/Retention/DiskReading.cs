namespace Binlog.Service.Pump.Retention;

/// <summary>A measurement of the disk.</summary>
/// <param name="State">In relation to the watermarks.</param>
/// <param name="Space">What was measured last; zeros before the first time.</param>
/// <param name="WarnAtBytes">The soft watermark in effect; 0 when there is none.</param>
/// <param name="StopWriteAtBytes">The hard watermark; 0 when there is none.</param>
/// <param name="Failure">Why nothing could be measured this time; null when it could.</param>
internal sealed record DiskReading(DiskState State, DiskSpace Space, long WarnAtBytes, long StopWriteAtBytes, string? Failure);
