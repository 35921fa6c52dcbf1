using Binlog.Service.Configuration;
using Binlog.Service.Configuration.Loading;
using Binlog.Service.Configuration.Settings;
using Binlog.Service.Hosting.Logging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Binlog.Service.Hosting;

/// <summary>Logging of every verb: one line per entry on standard error (or in a file), so that standard output holds results only.</summary>
internal static class HostLogging
{
    /// <summary>Sorts as text, ends with Z because it is UTC.</summary>
    public const string TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z '";

    /// <summary>A factory of its own; disposing it writes what is still queued.</summary>
    public static ILoggerFactory Create(LogLevel minimum) => Create(new LogLevelSwitch(minimum));

    /// <summary>A factory of its own that logs to a file when the options name one, else to standard error.</summary>
    /// <param name="options">The file.</param>
    /// <param name="levels">What is written.</param>
    /// <param name="error">Where it is said that the file can't be written.</param>
    /// <exception cref="StartFailedException">The file can't be opened.</exception>
    public static ILoggerFactory Create(LogOptions options, LogLevelSwitch levels, TextWriter error)
    {
        if (options.File is null)
        {
            return Create(levels);
        }

        var file = new RollingLogFile(options, RollingLogFile.DefaultMaxBytes, TimeProvider.System);
        return LoggerFactory.Create(logging =>
        {
            SetLevels(logging, levels);

            // As a service, not as a provider: only what the factory's container makes itself is disposed of with it.
            logging.Services.AddSingleton<ILoggerProvider>(_ => new FileLoggerProvider(new LogFileWriter(file, error), TimeProvider.System));
        });
    }

    /// <summary>The level that the environment asks for, or a default when it doesn't or isn't valid.</summary>
    public static LogLevel LevelOf(IReadOnlyDictionary<string, string> variables, LogLevel defaultLevel)
    {
        var raw = new RawConfiguration();
        EnvironmentSource.Read(variables, Path.GetTempPath(), raw);
        var values = SettingResolver.Resolve(raw, []);
        return values.OriginOf(HostSettings.LogLevel) is null ? defaultLevel : values.Get(HostSettings.LogLevel);
    }

    private static ILoggerFactory Create(LogLevelSwitch levels) => LoggerFactory.Create(logging =>
    {
        SetLevels(logging, levels);
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = TimestampFormat;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    });

    private static void SetLevels(ILoggingBuilder logging, LogLevelSwitch levels)
    {
        logging.ClearProviders();
        logging.Services.AddSingleton<IConfigureOptions<LoggerFilterOptions>>(levels);
        logging.Services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(levels);
    }
}
