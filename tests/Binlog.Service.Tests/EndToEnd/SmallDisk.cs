using System.Diagnostics;
using Binlog.TestKit.Capabilities;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>A small file system of its own at a directory; needs Linux and the right to mount.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const int SizeBytes = 96 << 20;
    private readonly string _directory;

    private SmallDisk(string directory) => _directory = directory;

    private string Ballast => Path.Combine(_directory, "ballast");

    /// <summary>Mounts; skips the running test where that is not possible.</summary>
    public static SmallDisk Mount(string directory)
    {
        Capability.Require(OperatingSystem.IsLinux() && Environment.UserName == "root", "needs Linux and root, to mount a small file system");
        Directory.CreateDirectory(directory);
        Capability.Require(Run("mount", "-t", "tmpfs", "-o", $"size={SizeBytes}", "tmpfs", directory), "needs the right to mount a file system");
        return new SmallDisk(directory);
    }

    /// <summary>Takes all space but some.</summary>
    public void Fill(int leave)
    {
        using FileStream file = File.Create(Ballast);
        file.Write(new byte[SizeBytes - leave]);
    }

    /// <summary>Gives it back.</summary>
    public void Free() => File.Delete(Ballast);

    public void Dispose() => Run("umount", "-l", _directory);

    private static bool Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
