using Binlog.Cluster.Contracts.TiKv;

namespace Binlog.ClusterKit.TiKv;

/// <summary>A version of a key: a record of a commit or of a rollback.</summary>
/// <param name="Type">Put, Del, Lock or Rollback.</param>
/// <param name="StartTs">Its transaction.</param>
/// <param name="CommitTs">Its place among the key's versions; of a rollback, the start TS.</param>
/// <param name="Value">Makes the value of a Put when it is read, so that large data needn't be in memory.</param>
/// <param name="HasOverlappedRollback">Another transaction, with this commit TS as its start TS, was rolled back.</param>
internal sealed record StoredWrite(Op Type, ulong StartTs, ulong CommitTs, Func<ReadOnlyMemory<byte>>? Value = null, bool HasOverlappedRollback = false);
