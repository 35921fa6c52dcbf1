using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace Binlog.Service.Tests.Hosting;

/// <summary>A <c>binlogd</c> that runs as a process of its own; ends with the test.</summary>
internal sealed partial class BinlogdProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly StringBuilder _error = new();
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly Task _reading;

    private BinlogdProcess(Process process)
    {
        _process = process;
        _reading = ReadAsync();
    }

    /// <summary>What it wrote to standard error.</summary>
    public string Error
    {
        get
        {
            lock (_error)
            {
                return _error.ToString();
            }
        }
    }

    /// <summary>The process ID.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    public static BinlogdProcess Start(string workingDirectory, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "binlogd.exe" : "binlogd"), arguments)
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardError = true,
        };
        return new BinlogdProcess(Process.Start(start)!);
    }

    /// <summary>Starts a Pump and returns when it is online, with its address.</summary>
    public static async Task<(BinlogdProcess Process, string Address)> StartPumpAsync(string directory, int port = 0, params string[] more)
    {
        BinlogdProcess process = Start(
            directory,
            [
                "run",
                "--dataDir=data",
                "--nodeId=pump-1",
                "--cluster:id=7",
                string.Create(CultureInfo.InvariantCulture, $"--pump:listen=127.0.0.1:{port}"),
                "--pump:stopWriteAtAvailableSpace=0",
                "--pump:segmentSize=1MiB",
                .. more,
            ]);
        return (process, (await process.ReadUntilAsync(Online())).Groups[1].Value);
    }

    /// <summary>Returns the first line that matches.</summary>
    public async Task<Match> ReadUntilAsync(Regex pattern)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Patience);
        try
        {
            await foreach (string line in _lines.Reader.ReadAllAsync(timeout.Token))
            {
                if (pattern.Match(line) is { Success: true } match)
                {
                    return match;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The message below says more.
        }

        throw new InvalidOperationException($"binlogd did not say {pattern}:\n{Error}");
    }

    /// <summary>Sends a signal by its name.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {_process.Id}")]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Ends the process as a power cut ends it: SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await WaitForExitAsync();
    }

    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
    }

    [GeneratedRegex(@"Pump pump-1 is online at (\S+)\.$")]
    private static partial Regex Online();

    private async Task ReadAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_error)
            {
                _error.AppendLine(line);
            }

            _lines.Writer.TryWrite(line);
        }

        _lines.Writer.Complete();
    }
}
