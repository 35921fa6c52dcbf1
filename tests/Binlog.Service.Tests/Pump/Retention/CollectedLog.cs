using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Tests.Pump.Retention;

/// <summary>Keeps what was logged.</summary>
internal sealed class CollectedLog : ILogger
{
    private readonly ConcurrentQueue<(EventId Id, LogLevel Level, string Text)> _entries = new();

    public IReadOnlyList<(EventId Id, LogLevel Level, string Text)> Entries => [.. _entries];

    /// <summary>The texts of one event.</summary>
    public IReadOnlyList<string> Of(int eventId) => [.. _entries.Where(entry => entry.Id.Id == eventId).Select(entry => entry.Text)];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _entries.Enqueue((eventId, logLevel, formatter(state, exception)));
}
