namespace Binlog.Service.Drainer.Schema;

/// <summary>A job's line in a history file.</summary>
/// <param name="Number">Line number, from 1.</param>
/// <param name="Json">The line.</param>
internal readonly record struct HistoryLine(int Number, ReadOnlyMemory<byte> Json);
