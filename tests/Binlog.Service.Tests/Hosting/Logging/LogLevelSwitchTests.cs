using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Hosting.Logging;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Tests.Hosting.Logging;

public sealed class LogLevelSwitchTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Choose_LoggersThatExist_FollowAtOnce()
    {
        var levels = new LogLevelSwitch(LogLevel.Information);
        using ILoggerFactory factory = Create(levels);
        ILogger logger = factory.CreateLogger("Binlog.Pump");
        bool before = logger.IsEnabled(LogLevel.Debug);

        levels.Choose(LogLevel.Debug);
        bool during = logger.IsEnabled(LogLevel.Debug);
        levels.Choose(null);

        Assert.False(before);
        Assert.True(during);
        Assert.False(logger.IsEnabled(LogLevel.Debug));
        Assert.True(logger.IsEnabled(LogLevel.Information));
    }

    [Fact]
    public void Choose_MoreThanWarnings_LeavesTheFrameworkAtWarnings()
    {
        var levels = new LogLevelSwitch(LogLevel.Error);
        using ILoggerFactory factory = Create(levels);
        ILogger framework = factory.CreateLogger("Microsoft.AspNetCore.Server.Kestrel");

        levels.Choose(LogLevel.Information);

        Assert.True(framework.IsEnabled(LogLevel.Warning));
        Assert.False(framework.IsEnabled(LogLevel.Information));
    }

    [Fact]
    public void Configure_WhileALevelIsChosen_TakesEffectWhenTheChoiceEnds()
    {
        var levels = new LogLevelSwitch(LogLevel.Information);
        levels.Choose(LogLevel.Trace);

        levels.Configure(LogLevel.Warning);
        LogLevel during = levels.Level;
        levels.Choose(null);

        Assert.Equal(LogLevel.Trace, during);
        Assert.Equal(LogLevel.Warning, levels.Level);
        Assert.Equal(LogLevel.Warning, levels.Configured);
    }

    private ILoggerFactory Create(LogLevelSwitch levels) => HostLogging.Create(new LogOptions { File = Path.Combine(_directory.Path, "log") }, levels, TextWriter.Null);
}
