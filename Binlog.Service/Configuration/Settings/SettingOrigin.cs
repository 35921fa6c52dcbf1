namespace Binlog.Service.Configuration.Settings;

/// <summary>Where a value was written.</summary>
/// <param name="Description">For people: file with line and column, environment variable, or command line.</param>
/// <param name="BaseDirectory">Directory that relative paths in the value start from.</param>
internal sealed record SettingOrigin(string Description, string BaseDirectory);
