using System.Diagnostics;
using System.Text.RegularExpressions;
using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Faults;

/// <summary>Watches the system calls of a real process: every acknowledgement must come after a flush of what it acknowledges.</summary>
public sealed partial class FlushBeforeAcknowledgeTests
{
    private const int Appenders = 3;
    private const int RecordsEach = 60;

    [Fact]
    public async Task SystemCalls_EveryAcknowledgement_FollowsAFlushOfItsWrite()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/strace"))
        {
            Assert.Skip("strace isn't installed");
        }

        using var directory = new TemporaryDirectory();
        string trace = directory.File("trace");
        using Process process = Process.Start(new ProcessStartInfo(
            "/usr/bin/strace",
            ["-f", "-y", "-s", "2000000", "-e", "trace=pwrite64,fdatasync,fsync,write,rename,renameat,renameat2,link", "-o", trace,
                CrashChild.DotnetPath, CrashChild.Path, directory.File("log"), $"{Appenders}", "1", $"{RecordsEach}"])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (!File.Exists(trace) || (await errors).Contains("Operation not permitted", StringComparison.Ordinal))
        {
            Assert.Skip("strace isn't permitted here: " + await errors);
        }

        Assert.Equal(Appenders * RecordsEach, output.Split('\n').Count(line => AcknowledgementText().IsMatch(line)));
        var watcher = new FlushWatcher();
        foreach (string line in await File.ReadAllLinesAsync(trace))
        {
            watcher.Observe(line);
        }

        Assert.Equal(Appenders * RecordsEach, watcher.Acknowledgements);
        Assert.InRange(watcher.Renames, 2, 100);
        Assert.InRange(watcher.Flushes, watcher.Renames + RecordsEach, 1000);
    }

    [GeneratedRegex(@"^\d+ \d+$")]
    private static partial Regex AcknowledgementText();
}
