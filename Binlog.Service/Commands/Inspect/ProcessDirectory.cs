namespace Binlog.Service.Commands.Inspect;

/// <summary>Where relative paths start.</summary>
/// <param name="Current">Absolute path of the working directory.</param>
internal readonly record struct ProcessDirectory(string Current);
