using Binlog.TiDB.Schema;

namespace Binlog.Service.Drainer.Applying.SchemaChanges;

/// <summary>A schema change that the target is making.</summary>
/// <param name="CommitTs">Its commit TS.</param>
/// <param name="JobId">The upstream's job.</param>
/// <param name="Type">What it does.</param>
/// <param name="Query">The upstream's statement.</param>
/// <param name="Since">When the target was given it.</param>
internal sealed record SchemaChangeUnderWay(ulong CommitTs, long JobId, DdlActionType Type, string Query, DateTimeOffset Since);
