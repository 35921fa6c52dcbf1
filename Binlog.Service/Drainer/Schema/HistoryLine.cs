using Binlog.TiDB.Schema;

namespace Binlog.Service.Drainer.Schema;

/// <summary>What is known of a job in a history file without parsing its schema objects.</summary>
/// <param name="Number">Line number, from 1.</param>
/// <param name="JobId">The job.</param>
/// <param name="State">How it ended.</param>
/// <param name="SchemaVersion">Schema version it produced; 0 when it failed.</param>
/// <param name="Json">The line.</param>
internal readonly record struct HistoryLine(int Number, long JobId, DdlJobState State, long SchemaVersion, ReadOnlyMemory<byte> Json)
{
    /// <summary>Whether the job took effect.</summary>
    public bool IsApplicable => State is DdlJobState.Done or DdlJobState.Synced && SchemaVersion > 0;
}
