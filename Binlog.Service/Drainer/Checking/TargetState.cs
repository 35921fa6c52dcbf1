using Binlog.Service.Downstream;

namespace Binlog.Service.Drainer.Checking;

/// <summary>What a target holds before a start.</summary>
/// <param name="Name">The target, for messages.</param>
/// <param name="Checkpoint">Its checkpoint for the configured cluster; null when it has none.</param>
/// <param name="Tables">The tables that it has of the databases that were asked about.</param>
/// <param name="IgnoresCase">Whether two tables whose names differ in case only are one there.</param>
/// <param name="OriginalCommitTs">Commit TS of the checkpoint that TiDB Binlog's Drainer left and that the first start goes on from; null when it left none, or it isn't to be used.</param>
internal sealed record TargetState(string Name, Checkpoint? Checkpoint, IReadOnlyList<(string Schema, string Table)> Tables, bool IgnoresCase, ulong? OriginalCommitTs = null);
