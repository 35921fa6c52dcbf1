namespace Binlog.Service.Drainer.Schema;

/// <summary>A line of a history file.</summary>
/// <param name="Number">Line number, from 1.</param>
/// <param name="Head">What is known of its job without parsing its schema objects.</param>
/// <param name="Json">The line.</param>
internal readonly record struct HistoryLine(int Number, JobHead Head, ReadOnlyMemory<byte> Json);
