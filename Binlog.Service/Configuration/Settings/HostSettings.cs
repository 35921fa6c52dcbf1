using Microsoft.Extensions.Logging;

namespace Binlog.Service.Configuration.Settings;

/// <summary>Keys that belong to no role.</summary>
internal static class HostSettings
{
    public static TypedSetting<string> NodeId { get; } = new("nodeId", new NodeIdType())
    {
        DefaultNote = "hostname:port of the role",
        Effect = "Name of this host in the registry.",
        Original = "node-id",
    };

    public static TypedSetting<string> DataDir { get; } = new("dataDir", new PathType())
    {
        Default = DefaultPaths.DataDirectory,
        Effect = "Directory for everything that must not be lost. One process at a time may use it.",
        Original = "data-dir",
    };

    public static TypedSetting<LogLevel> LogLevel { get; } = new("log.level", new ChoiceType<LogLevel>(
        ("trace", Microsoft.Extensions.Logging.LogLevel.Trace), ("debug", Microsoft.Extensions.Logging.LogLevel.Debug),
        ("information", Microsoft.Extensions.Logging.LogLevel.Information), ("info", Microsoft.Extensions.Logging.LogLevel.Information),
        ("warning", Microsoft.Extensions.Logging.LogLevel.Warning), ("warn", Microsoft.Extensions.Logging.LogLevel.Warning),
        ("error", Microsoft.Extensions.Logging.LogLevel.Error), ("critical", Microsoft.Extensions.Logging.LogLevel.Critical)))
    {
        Default = Microsoft.Extensions.Logging.LogLevel.Information,
        Effect = "Lowest level that is written to the log.",
        Original = "log-level",
    };

    public static IReadOnlyList<Setting> All { get; } = [NodeId, DataDir, LogLevel];
}
