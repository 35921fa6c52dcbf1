using System.Diagnostics;
using System.Globalization;

namespace Binlog.RelayLog.Tests.Support;

/// <summary>The appending process, and what it has said to be acknowledged.</summary>
internal sealed class CrashChild : IDisposable
{
    private readonly Process _process;

    private CrashChild(Process process) => _process = process;

    /// <summary>Number of acknowledged records per appender; the last is the highest number.</summary>
    public Dictionary<ushort, ulong> Acknowledged { get; } = [];

    public static string Path => System.IO.Path.Combine(AppContext.BaseDirectory, "Binlog.RelayLog.CrashChild.dll");

    public static CrashChild Start(string directory, int appenders, int seed)
    {
        var start = new ProcessStartInfo(DotnetPath, [Path, directory, Text(appenders), Text(seed)]) { RedirectStandardOutput = true };
        return new CrashChild(Process.Start(start)!);
    }

    public static string DotnetPath => Environment.ProcessPath is { } path && System.IO.Path.GetFileNameWithoutExtension(path) == "dotnet"
        ? path
        : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>Returns when the process has opened the log.</summary>
    public async Task WaitUntilReadyAsync()
    {
        string ready = await ReadLineAsync() ?? throw new InvalidOperationException("the child ended before it was ready");
        Assert.StartsWith("ready ", ready, StringComparison.Ordinal);
    }

    /// <summary>Kills the process with SIGKILL once it has acknowledged so many records, and takes in all that it still said.</summary>
    public async Task KillAfterAsync(int acknowledgements)
    {
        for (int i = 0; i < acknowledgements; i++)
        {
            Note(await ReadLineAsync() ?? throw new InvalidOperationException("the child ended by itself"));
        }

        _process.Kill();
        while (await ReadLineAsync() is { } line)
        {
            Note(line);
        }

        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private Task<string?> ReadLineAsync() => _process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));

    /// <summary>A line cut short by the kill was never a complete statement.</summary>
    private void Note(string line)
    {
        string[] parts = line.Split(' ');
        if (parts.Length == 2 && ushort.TryParse(parts[0], CultureInfo.InvariantCulture, out ushort appender)
            && ulong.TryParse(parts[1], CultureInfo.InvariantCulture, out ulong number))
        {
            Acknowledged[appender] = Math.Max(number, Acknowledged.GetValueOrDefault(appender));
        }
    }
}
