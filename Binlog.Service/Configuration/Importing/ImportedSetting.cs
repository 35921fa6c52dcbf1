namespace Binlog.Service.Configuration.Importing;

/// <summary>A key of ours that takes a value from the original's file.</summary>
/// <param name="Path">Our key with its sections.</param>
/// <param name="Json">The value as JSON.</param>
/// <param name="From">Where it comes from.</param>
internal sealed record ImportedSetting(string Path, string Json, OriginalValue From);
