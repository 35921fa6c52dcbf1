namespace Binlog.Service.Drainer.Schema;

/// <summary>Where a job's JSON is in a <see cref="JobSpill"/>.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes.</param>
internal readonly record struct SpilledJob(long Offset, int Length);
