using System.Globalization;
using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests;

public sealed class LogLockTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task OpenAsync_AlreadyOpen_NamesDirectoryAndOwner()
    {
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(_directory.Path));

        var failure = await Assert.ThrowsAsync<LogLockedException>(() => LogDriver.OpenAsync(LogDriver.Options(_directory.Path)));

        Assert.Contains(_directory.Path, failure.Message, StringComparison.Ordinal);
        Assert.Contains("another process", failure.Message, StringComparison.Ordinal);
        Assert.Contains(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_OpenInAnotherProcess_IsRefusedUntilThatEnds()
    {
        using (CrashChild child = CrashChild.Start(_directory.Path, appenders: 1, seed: 1))
        {
            await child.WaitUntilReadyAsync();
            await Assert.ThrowsAsync<LogLockedException>(() => LogDriver.OpenAsync(LogDriver.Options(_directory.Path) with { ClusterId = 0 }));
            await child.KillAfterAsync(1);
        }

        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(_directory.Path) with { ClusterId = 0 });
        Assert.True(log.LastSequence > 0);
    }

    [Fact]
    public async Task OpenAsync_AfterAFailedOpening_LocksAgain()
    {
        await (await LogDriver.OpenAsync(LogDriver.Options(_directory.Path))).DisposeAsync();
        await Assert.ThrowsAsync<LogFormatException>(() => LogDriver.OpenAsync(LogDriver.Options(_directory.Path) with { ClusterId = 99 }));

        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(_directory.Path));

        Assert.False(log.IsFaulted);
    }

    [Fact]
    public async Task OpenAsync_DirectoryIsAFile_SaysSo()
    {
        string path = _directory.File("file");
        await File.WriteAllTextAsync(path, "x");

        var failure = await Assert.ThrowsAsync<LogFaultedException>(() => LogDriver.OpenAsync(LogDriver.Options(path)));

        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
    }
}
