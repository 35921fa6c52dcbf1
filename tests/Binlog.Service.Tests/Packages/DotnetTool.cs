using System.Diagnostics;
using Binlog.TestKit.Capabilities;

namespace Binlog.Service.Tests.Packages;

/// <summary>Runs the .NET SDK's command line.</summary>
internal static class DotnetTool
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Skips the running test where there is no SDK.</summary>
    public static async Task RequireAsync()
    {
        string found;
        try
        {
            found = (await RunAsync(Path.GetTempPath(), "dotnet", "--version")).Trim();
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            found = exception.Message;
        }

        Capability.Require(found.StartsWith("10.", StringComparison.Ordinal), $"needs the .NET 10 SDK on the path; found: {found}");
    }

    /// <summary>The folder in which NuGet keeps every package that was ever restored here.</summary>
    public static async Task<string> GlobalPackagesAsync() =>
        (await RunAsync(Path.GetTempPath(), "dotnet", "nuget", "locals", "global-packages", "--list")).Split(": ", 2)[1].Trim();

    /// <summary>Runs a program to its end; fails with what it said when it doesn't succeed.</summary>
    /// <returns>Its standard output.</returns>
    public static async Task<string> RunAsync(string directory, string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using Process process = Process.Start(start)!;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Patience);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{await output}{await error}");
            return await output;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
