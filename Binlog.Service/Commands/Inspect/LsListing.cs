using Binlog.RelayLog;

namespace Binlog.Service.Commands.Inspect;

/// <summary>What <c>inspect ls</c> shows.</summary>
internal sealed record LsListing(string Directory, LogKind Kind, ulong ClusterId, Guid LogId, IReadOnlyList<LsRow> Rows, IReadOnlyList<RepairRecord> Repairs);
