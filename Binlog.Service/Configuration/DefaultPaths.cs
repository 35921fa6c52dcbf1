namespace Binlog.Service.Configuration;

/// <summary>Places that an installed <c>binlogd</c> uses when nothing else is said.</summary>
internal static class DefaultPaths
{
    /// <summary>File that <c>run</c> reads when no <c>--config</c> is given.</summary>
    public static string ConfigFile { get; } = OperatingSystem.IsWindows()
        ? Path.Combine(ProgramData, "Binlog", "binlogd.json")
        : "/etc/binlog/binlogd.json";

    /// <summary>Default of <c>dataDir</c>.</summary>
    public static string DataDirectory { get; } = OperatingSystem.IsWindows()
        ? Path.Combine(ProgramData, "Binlog", "data")
        : "/var/lib/binlog";

    private static string ProgramData => Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData);
}
