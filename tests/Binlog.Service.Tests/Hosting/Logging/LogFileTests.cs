using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Hosting.Logging;
using Binlog.Service.Tests.Drainer;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Tests.Hosting.Logging;

public sealed class LogFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly InstantTimeProvider _time = new();

    private string LogFile => _directory.Combine("logs/binlogd.log");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Log_ToFile_HasOneLinePerEntryWithTimeLevelAndCategory()
    {
        using (ILoggerFactory factory = HostLogging.Create(new LogOptions { File = LogFile, Level = LogLevel.Information }, new LogLevelSwitch(LogLevel.Information), TextWriter.Null))
        {
            ILogger logger = factory.CreateLogger("Binlog.Pump");
            logger.LogInformation("first\r\nline");
            logger.LogDebug("not this one");
            logger.LogWarning(new InvalidOperationException("broken"), "second");
        }

        string[] lines = File.ReadAllLines(LogFile);
        Assert.Equal(2, lines.Length);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info: Binlog\.Pump\[0\] first line$", lines[0]);
        Assert.Contains("warn: Binlog.Pump[0] second System.InvalidOperationException: broken", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Log_FileIsThere_AppendsToIt()
    {
        Directory.CreateDirectory(_directory.Combine("logs"));
        File.WriteAllText(LogFile, "before\n");

        using (var file = new RollingLogFile(new LogOptions { File = LogFile }, 1000, _time))
        {
            file.Append("after\n");
        }

        Assert.Equal(["before", "after"], File.ReadAllLines(LogFile));
    }

    [Fact]
    public void Append_FileIsFull_RenamesItAndKeepsTheNewestOnes()
    {
        _directory.Write("unrelated.log", "x");
        using (var file = new RollingLogFile(new LogOptions { File = LogFile, KeepFiles = 2 }, 10, _time))
        {
            for (int i = 1; i <= 5; i++)
            {
                _time.Advance(i == 2 ? TimeSpan.Zero : TimeSpan.FromSeconds(1));
                file.Append($"{i} 890123456\n");
            }

            file.Append("open\n");
        }

        string[] files = [.. Directory.GetFiles(_directory.Combine("logs")).Order(StringComparer.Ordinal)];
        Assert.Equal(["4 890123456\n", "5 890123456\n", "open\n"], files.Select(File.ReadAllText));
        Assert.Equal("binlogd-20260102T030408-000.log", Path.GetFileName(files[0]));
    }

    [Fact]
    public void Append_SeveralFullInOneSecond_KeepsEachUnderItsOwnName()
    {
        using (var file = new RollingLogFile(new LogOptions { File = LogFile, KeepFiles = 9 }, 1, _time))
        {
            foreach (string text in new[] { "a", "b", "c" })
            {
                file.Append(text);
            }
        }

        Assert.Equal(["a", "b", "c"], Directory.GetFiles(_directory.Combine("logs")).Order(StringComparer.Ordinal).Select(File.ReadAllText));
    }

    [Fact]
    public void Create_PathIsADirectory_StartFailsAndSaysWhy()
    {
        Directory.CreateDirectory(LogFile);

        var exception = Assert.Throws<StartFailedException>(() => HostLogging.Create(new LogOptions { File = LogFile }, new LogLevelSwitch(LogLevel.Information), TextWriter.Null));

        Assert.StartsWith($"log.file is {LogFile}, and can't be written: ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_ManyThreads_LosesNoLine()
    {
        using (var writer = new LogFileWriter(new RollingLogFile(new LogOptions { File = LogFile }, long.MaxValue, _time), TextWriter.Null))
        {
            Parallel.For(0, 4000, i => writer.Write($"{i}\n"));
        }

        Assert.Equal(Enumerable.Range(0, 4000), File.ReadAllLines(LogFile).Select(int.Parse).Order());
    }

    [Fact]
    public void Write_FileFails_SaysSoOnceAndGoesOn()
    {
        var fallback = new StringWriter();
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full on this system.");
        using (var writer = new LogFileWriter(new RollingLogFile(new LogOptions { File = "/dev/full" }, long.MaxValue, _time), fallback))
        {
            writer.Write("a\n");
            writer.Write("b\n");
        }

        Assert.Single(fallback.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("the log file can't be written", fallback.ToString(), StringComparison.Ordinal);
    }
}
