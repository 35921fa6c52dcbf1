namespace Binlog.Service.Commands.Inspect;

/// <summary>Options of <c>inspect repair</c>.</summary>
/// <param name="Directory">Absolute path of the log's directory.</param>
/// <param name="Force">Do it; otherwise only say what would be done.</param>
/// <param name="Sequence">Only the segment that lost this record; null is everything that is damaged.</param>
internal sealed record InspectRepairOptions(string Directory, bool Force, ulong? Sequence);
