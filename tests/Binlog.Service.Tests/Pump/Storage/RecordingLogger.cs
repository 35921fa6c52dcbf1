using System.Collections.Concurrent;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Tests.Pump.Storage;

/// <summary>Keeps what was logged, and apart from it what was a warning or worse.</summary>
internal sealed class RecordingLogger : ILogger
{
    private readonly ConcurrentQueue<string> _warnings = new();
    private readonly ConcurrentQueue<string> _messages = new();

    public IReadOnlyCollection<string> Warnings => _warnings;

    public IReadOnlyCollection<string> Messages => _messages;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _messages.Enqueue(formatter(state, exception));

        // A commit before its prewrite is part of what is tested.
        if (logLevel >= LogLevel.Warning && eventId.Id != EventIds.PumpIrregularBinlog)
        {
            _warnings.Enqueue(formatter(state, exception));
        }
    }
}
