using System.Globalization;
using System.Threading.Channels;

namespace Binlog.Service.Hosting.Logging;

/// <summary>
/// Writes log lines to a file in the background, so that a slow disk holds nobody up. When lines come faster than they can be
/// written, some are left out and their number is noted. Thread-safe.
/// </summary>
internal sealed class LogFileWriter : IDisposable
{
    private const int MaxQueuedLines = 1 << 14;

    private readonly RollingLogFile _file;
    private readonly TextWriter _fallback;
    private readonly Channel<string> _lines;
    private readonly Task _writing;
    private long _leftOut;
    private bool _failed;

    /// <param name="file">The file; belongs to this writer from now on.</param>
    /// <param name="fallback">Where it is said, once, that the file can't be written.</param>
    public LogFileWriter(RollingLogFile file, TextWriter fallback)
    {
        _file = file;
        _fallback = fallback;
        _lines = Channel.CreateBounded<string>(new BoundedChannelOptions(MaxQueuedLines) { SingleReader = true });
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Queues text that ends with a line break.</summary>
    public void Write(string text)
    {
        if (!_lines.Writer.TryWrite(text))
        {
            Interlocked.Increment(ref _leftOut);
        }
    }

    /// <summary>Writes what is queued and closes the file.</summary>
    public void Dispose()
    {
        _lines.Writer.TryComplete();
        _writing.GetAwaiter().GetResult();
        _file.Dispose();
    }

    private async Task WriteAsync()
    {
        await foreach (string text in _lines.Reader.ReadAllAsync())
        {
            Append(text);
            if (Interlocked.Exchange(ref _leftOut, 0) is var leftOut and > 0)
            {
                Append(string.Create(CultureInfo.InvariantCulture, $"{leftOut} log lines were left out here: they came faster than the disk took them.{Environment.NewLine}"));
            }
        }
    }

    private void Append(string text)
    {
        try
        {
            _file.Append(text);
            _failed = false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (!_failed)
            {
                _fallback.WriteLine($"binlogd: the log file can't be written; lines are lost until it can: {exception.Message}");
            }

            _failed = true;
        }
    }
}
