namespace Binlog.Service.Downstream;

/// <summary>How far a target is: everything up to <paramref name="CommitTs"/> is applied and durable there, nothing after it.</summary>
/// <param name="CommitTs">Commit TS (TSO) of the newest upstream transaction, schema change or watermark that is applied.</param>
/// <param name="SchemaVersion">Upstream schema version of the newest schema change that is applied; 0 when there was none.</param>
internal sealed record Checkpoint(ulong CommitTs, long SchemaVersion);
