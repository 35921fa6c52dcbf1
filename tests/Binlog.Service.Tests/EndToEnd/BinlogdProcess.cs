using System.Diagnostics;
using System.Globalization;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>A <c>binlogd</c> of its own process. Its standard error is kept for messages; it is killed at the end, if it still runs.</summary>
internal sealed class BinlogdProcess : IDisposable
{
    private const int KeptLines = 200;
    private readonly Process _process;
    private readonly Queue<string> _errors = new();
    private readonly Task<string> _output;
    private readonly Task _reading;

    private BinlogdProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _reading = ReadErrorsAsync();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>The last lines of standard error.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return string.Join('\n', _errors);
            }
        }
    }

    /// <summary>The lines by which the program itself says why it ends.</summary>
    public IReadOnlyList<string> FatalLines => [.. Errors.Split('\n').Where(line => line.StartsWith("binlogd: ", StringComparison.Ordinal))];

    public static BinlogdProcess Start(params IEnumerable<string> arguments) => StartIn(null, arguments);

    /// <summary>Starts in a time zone; null is the machine's.</summary>
    public static BinlogdProcess StartIn(string? timeZone, IEnumerable<string> arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "binlogd.exe" : "binlogd");
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        if (timeZone is not null)
        {
            start.Environment["TZ"] = timeZone;
        }

        return new BinlogdProcess(Process.Start(start)!);
    }

    /// <summary>Runs to the end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(TimeSpan patience, params IEnumerable<string> arguments)
    {
        using BinlogdProcess process = Start(arguments);
        (int exitCode, string output) = await process.WaitAsync(patience);
        return (exitCode, output, process.Errors);
    }

    /// <summary>Waits for the end; fails when it does not come in time.</summary>
    public async Task<(int ExitCode, string Output)> WaitAsync(TimeSpan patience)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(patience);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
            await _reading;
            return (_process.ExitCode, await _output);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"binlogd did not end within {patience}. It said: {Errors}");
        }
    }

    /// <summary>Sends a signal, by its name without SIG.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {_process.Id}")]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>SIGKILL, and waits until the process is gone.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_errors)
            {
                _errors.Enqueue(line);
                if (_errors.Count > KeptLines)
                {
                    _errors.Dequeue();
                }
            }
        }
    }
}
