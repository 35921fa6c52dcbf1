namespace Binlog.TestKit.MariaDb;

/// <summary>Where the server's programs are.</summary>
internal static class MariaDbPrograms
{
    public static string? Server { get; } = Find("mariadbd");

    public static string? InstallDb { get; } = Find("mariadb-install-db");

    private static string? Find(string name)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Concat(["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"]);
        return folders.Where(folder => folder.Length > 0)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
    }
}
