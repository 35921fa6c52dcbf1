namespace Binlog.Service.Commands.Inspect;

/// <summary>Options of <c>inspect ls</c>.</summary>
/// <param name="Directory">Absolute path of the log's directory.</param>
/// <param name="Records">Read every record, for exact counts and ranges.</param>
/// <param name="Json">One JSON object instead of a table.</param>
internal sealed record InspectLsOptions(string Directory, bool Records, bool Json);
