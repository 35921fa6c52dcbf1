using System.Diagnostics;
using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Faults;

public sealed class RealDiskFullTests
{
    /// <summary>A file system of 1 MiB that really fills up, when this process may mount one.</summary>
    [Fact]
    public async Task AppendAsync_RealFileSystemFull_GoesOnWhenSpaceIsFreed()
    {
        using var directory = new TemporaryDirectory();
        string mount = Directory.CreateDirectory(directory.File("small")).FullName;
        if (!OperatingSystem.IsLinux() || await RunAsync("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount) != 0)
        {
            Assert.Skip("mounting a small file system isn't permitted here");
        }

        try
        {
            string ballast = Path.Combine(mount, "ballast");
            await File.WriteAllBytesAsync(ballast, new byte[600 * 1024]);
            SegmentedLogOptions options = LogDriver.Options(Path.Combine(mount, "log"), segmentSize: 64 * 1024);
            int before = 0;
            await using (SegmentedLog log = await LogDriver.OpenAsync(options))
            {
                DiskFullException failure = await Assert.ThrowsAsync<DiskFullException>(async () =>
                {
                    while (before < 1000)
                    {
                        await LogDriver.AppendAsync(log, 3000);
                        before++;
                    }
                });
                await Assert.ThrowsAsync<DiskFullException>(() => LogDriver.AppendAsync(log, 30_000));
                Assert.Contains(options.Directory, failure.Message, StringComparison.Ordinal);
                Assert.Equal(before, LogDriver.ReadAll(log).Count);

                File.Delete(ballast);
                await LogDriver.AppendAsync(log, 3000, 3000);
                Assert.Equal(before + 2, LogDriver.ReadAll(log).Count);
            }

            await using SegmentedLog reopened = await LogDriver.OpenAsync(options);
            Assert.Equal(before + 2, LogDriver.ReadAll(reopened).Count);
        }
        finally
        {
            await RunAsync("umount", mount);
        }
    }

    private static async Task<int> RunAsync(string file, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardError = true })!;
            await process.WaitForExitAsync();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}
