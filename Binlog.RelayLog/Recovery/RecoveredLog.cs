using Binlog.RelayLog.Committing;
using Binlog.RelayLog.Files;
using Binlog.RelayLog.Reading;

namespace Binlog.RelayLog.Recovery;

/// <summary>A log's directory after recovery, ready for appends.</summary>
/// <param name="Segments">All segments, oldest first; the last one is open for appends.</param>
/// <param name="File">The last segment's file.</param>
/// <param name="End">Where appends continue.</param>
/// <param name="Report">What was found and done.</param>
internal sealed record RecoveredLog(IReadOnlyList<Segment> Segments, ILogFile File, LogEnd End, RecoveryReport Report);
