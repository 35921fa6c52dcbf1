namespace Binlog.Service.Commands.Inspect;

/// <summary>Options of <c>inspect verify</c>.</summary>
/// <param name="Directory">Absolute path of the log's directory.</param>
/// <param name="Json">One JSON object instead of text.</param>
internal sealed record InspectVerifyOptions(string Directory, bool Json);
