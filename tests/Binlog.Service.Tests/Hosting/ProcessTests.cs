using System.Diagnostics;
using Binlog.Service.Hosting;

namespace Binlog.Service.Tests.Hosting;

/// <summary>The built program as its users start it.</summary>
public sealed class ProcessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Binlogd_MissingConfigurationFile_ExitsWithUsage()
    {
        var (exitCode, output, error) = await Run("config", "--config", "nope.json");

        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.Contains($"{_directory.Combine("nope.json")}: the configuration file doesn't exist.", error, StringComparison.Ordinal);
        Assert.Empty(output);
    }

    [Fact]
    public async Task Binlogd_UnknownKeys_ExitsWithUsageAndAllOfThem()
    {
        _directory.Write("binlogd.json", """{ "pump": { "listne": 1 } }""");

        var (exitCode, _, error) = await Run("config", "--config", "binlogd.json", "--nodeid=ok", "--nodeld=x");

        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.Contains("pump.listne (binlogd.json line 1, column 13): unknown key. Did you mean pump.listen?", error, StringComparison.Ordinal);
        Assert.Contains("nodeld (command line): unknown key. Did you mean nodeId?", error, StringComparison.Ordinal);
        Assert.Contains("BINLOG__TEST", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Binlogd_UnknownVerb_ExitsWithUsage()
    {
        var (exitCode, _, error) = await Run("cofnig");

        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.Contains("unknown verb \"cofnig\". Did you mean config?", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Binlogd_Version_ExitsWithOk()
    {
        var (exitCode, output, _) = await Run("--version");

        Assert.Equal(ExitCode.Ok, exitCode);
        Assert.StartsWith("binlogd ", output, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Output, string Error)> Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "binlogd.exe" : "binlogd"), arguments)
        {
            WorkingDirectory = _directory.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["BINLOG__TEST"] = "an unknown key";
        using var process = Process.Start(start)!;
        using var timeout = new CancellationTokenSource(Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            var error = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"binlogd {string.Join(' ', arguments)} didn't end within {Patience}.");
        }
    }
}
