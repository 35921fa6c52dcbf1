using Binlog.RelayLog;

namespace Binlog.Service.Drainer.Schema.Storing;

/// <summary>Where a job lies in the store.</summary>
/// <param name="JobId">The job.</param>
/// <param name="SchemaVersion">Schema version it produced.</param>
/// <param name="Position">Its record.</param>
internal readonly record struct JobPlace(long JobId, long SchemaVersion, LogPosition Position);
