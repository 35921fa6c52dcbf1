using Binlog.Service.Configuration;

namespace Binlog.Service.Commands.RelayLogs;

/// <summary>Options of <c>relay apply</c>.</summary>
/// <param name="DataDir">The Drainer's data directory.</param>
/// <param name="ClusterId">The cluster that relay log and target belong to; null: the one that the relay log names.</param>
/// <param name="Drainer">The Drainer's own settings: target, schema history, how to apply.</param>
internal sealed record RelayApplyOptions(string DataDir, ulong? ClusterId, DrainerOptions Drainer);
