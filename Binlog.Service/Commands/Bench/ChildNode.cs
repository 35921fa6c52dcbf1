using System.Diagnostics;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Bench;

/// <summary>
/// A Pump or Drainer in a process of its own, so that its CPU and memory can be told from the benchmark's. The process is killed
/// at the end; its data is the benchmark's and goes with it.
/// </summary>
internal sealed class ChildNode : IAsyncDisposable
{
    /// <summary>How the log says that a node is ready, with the address after it and a full stop at the end.</summary>
    private const string OnlineAt = " is online at ";

    private const string ErrorPrefix = "binlogd: ";

    private readonly Process _process;
    private readonly string _name;
    private readonly TaskCompletionSource<HostPort> _online = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<string> _ending;

    private ChildNode(Process process, string name)
    {
        _process = process;
        _name = name;
        _ending = WatchAsync();
    }

    /// <summary>Where the node listens.</summary>
    public HostPort Address { get; private set; }

    /// <summary>Starts a node and waits until it is registered.</summary>
    /// <param name="name">What it is, for messages.</param>
    /// <param name="configFile">Its configuration; environment variables of the configuration are kept from it.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="StartFailedException">It ended instead; the message has the reason that it gave.</exception>
    public static async Task<ChildNode> StartAsync(string name, string configFile, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = Program();
        foreach (string argument in new[] { "run", "--config", configFile })
        {
            start.ArgumentList.Add(argument);
        }

        var child = new ChildNode(Process.Start(start)!, name);
        try
        {
            child.Address = await child._online.Task.WaitAsync(cancellationToken);
            return child;
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the process has ended by itself.</summary>
    public Task WaitForEndAsync(CancellationToken cancellationToken) => _ending.WaitAsync(cancellationToken);

    /// <summary>Runs an action, and fails when the node ends before it is done.</summary>
    /// <exception cref="ServiceException">The node has ended; the message has the reason that it gave.</exception>
    public async Task<T> WhileRunningAsync<T>(Func<CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<T> work = action(ended.Token);
        if (await Task.WhenAny(work, _ending) == work)
        {
            return await work;
        }

        await ended.CancelAsync();
        await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        throw new ServiceException($"The {_name} that was started for the benchmark ended: {await _ending}");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }

        await _ending;
        _process.Dispose();
    }

    private static ProcessStartInfo Program()
    {
        string file = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "binlogd.exe" : "binlogd");
        var start = new ProcessStartInfo(file) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        if (!File.Exists(file))
        {
            start.FileName = Environment.ProcessPath!;
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "binlogd.dll"));
        }

        foreach (string variable in start.Environment.Keys.Where(name => name.StartsWith("BINLOG__", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(variable);
        }

        return start;
    }

    /// <summary>Reads the node's log until it ends; returns why it ended.</summary>
    private async Task<string> WatchAsync()
    {
        Task<string> output = _process.StandardOutput.ReadToEndAsync();
        string last = "it gave no reason.";
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            int at = line.LastIndexOf(OnlineAt, StringComparison.Ordinal);
            if (at >= 0 && HostPort.TryParse(line[(at + OnlineAt.Length)..].TrimEnd('.', ' '), out HostPort address, out _))
            {
                _online.TrySetResult(address);
            }

            last = line.StartsWith(ErrorPrefix, StringComparison.Ordinal) ? line[ErrorPrefix.Length..] : last;
        }

        await output;
        await _process.WaitForExitAsync();
        string reason = $"exit code {_process.ExitCode}, {last}";
        _online.TrySetException(new StartFailedException($"The {_name} for the benchmark did not start: {reason}"));
        return reason;
    }
}
