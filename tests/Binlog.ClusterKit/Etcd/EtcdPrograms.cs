using Binlog.TestKit.Capabilities;

namespace Binlog.ClusterKit.Etcd;

/// <summary>Where etcd is.</summary>
public static class EtcdPrograms
{
    /// <summary>The server's program; null when this machine has none.</summary>
    public static string? Server { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(["/usr/bin", "/usr/local/bin"])
        .Where(folder => folder.Length > 0)
        .Select(folder => Path.Combine(folder, "etcd"))
        .FirstOrDefault(File.Exists);

    /// <summary>Whether this machine has the program, and if not, what to install.</summary>
    public static bool IsAvailable(out string reason)
    {
        reason = Server is null ? "needs etcd: apt-get install etcd-server" : "";
        return reason.Length == 0;
    }

    /// <summary>Skips the running test, or fails it under CI=true, unless a private etcd can be started.</summary>
    public static void Require() => Capability.Require(IsAvailable);
}
