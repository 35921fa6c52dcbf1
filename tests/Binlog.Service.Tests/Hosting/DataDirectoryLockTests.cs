using System.Globalization;
using Binlog.Service.Hosting;

namespace Binlog.Service.Tests.Hosting;

public sealed class DataDirectoryLockTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Acquire_MissingDirectory_IsCreatedForOwnerAndGroup()
    {
        var path = _directory.Combine("a/b");

        using var held = DataDirectoryLock.Acquire(path);

        Assert.Equal(path, held.Directory);
        Assert.True(Directory.Exists(path));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(path) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute));
        }
    }

    [Fact]
    public void Acquire_Held_NamesDirectoryAndProcess()
    {
        using var held = DataDirectoryLock.Acquire(_directory.Path);

        var e = Assert.Throws<StartFailedException>(() => DataDirectoryLock.Acquire(_directory.Path));

        Assert.Equal(
            string.Create(CultureInfo.InvariantCulture, $"Another process (pid {Environment.ProcessId}) uses the data directory {_directory.Path}. Stop it, or set dataDir to another directory."),
            e.Message);
        Assert.Equal(ExitCode.StartFailed, e.ExitCode);
    }

    [Fact]
    public void Acquire_HeldWithoutPid_StillNamesTheDirectory()
    {
        using var held = DataDirectoryLock.Acquire(_directory.Path);
        File.Delete(_directory.Combine(".pid"));

        var e = Assert.Throws<StartFailedException>(() => DataDirectoryLock.Acquire(_directory.Path));

        Assert.StartsWith($"Another process uses the data directory {_directory.Path}.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Acquire_AfterRelease_Succeeds()
    {
        DataDirectoryLock.Acquire(_directory.Path).Dispose();

        using var again = DataDirectoryLock.Acquire(_directory.Path);

        Assert.True(File.Exists(_directory.Combine(".pid")));
    }

    [Fact]
    public void Acquire_LeftoversOfAKilledProcess_DoNotHinder()
    {
        _directory.Write(".lock", "");
        _directory.Write(".pid", "1");

        using var held = DataDirectoryLock.Acquire(_directory.Path);

        Assert.Equal(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), File.ReadAllText(_directory.Combine(".pid")));
    }

    [Fact]
    public void Acquire_PathIsAFile_SaysSo()
    {
        var file = _directory.Write("file", "");

        var e = Assert.Throws<StartFailedException>(() => DataDirectoryLock.Acquire(file));

        Assert.Contains(file, e.Message, StringComparison.Ordinal);
        Assert.Contains("Set dataDir to a directory that can be created and written.", e.Message, StringComparison.Ordinal);
    }
}
