using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Hosting.Logging;

/// <summary>Logs to a file, in the form in which the console has it: one line per entry.</summary>
[ProviderAlias("File")]
internal sealed class FileLoggerProvider(LogFileWriter writer, TimeProvider time) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new FileLogger(categoryName, writer, time);

    /// <summary>Writes what is queued and closes the file.</summary>
    public void Dispose() => writer.Dispose();

    private sealed class FileLogger(string category, LogFileWriter writer, TimeProvider time) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        /// <summary>The factory filters.</summary>
        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = new StringBuilder();
            line.Append(time.GetUtcNow().ToString(HostLogging.TimestampFormat, CultureInfo.InvariantCulture));
            line.Append(CultureInfo.InvariantCulture, $"{NameOf(logLevel)}: {category}[{eventId.Id}] {formatter(state, exception)}");
            if (exception is not null)
            {
                line.Append(' ').Append(exception);
            }

            writer.Write(line.Replace("\r", "").Replace('\n', ' ').Append(Environment.NewLine).ToString());
        }

        private static string NameOf(LogLevel level) => level switch
        {
            LogLevel.Trace => "trce",
            LogLevel.Debug => "dbug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "fail",
            _ => "crit",
        };
    }
}
