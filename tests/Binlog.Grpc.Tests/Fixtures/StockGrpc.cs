using System.Diagnostics;

namespace Binlog.Grpc.Tests.Fixtures;

/// <summary>The stock gRPC implementation: Python's grpcio, of the Debian package python3-grpcio.</summary>
internal static class StockGrpc
{
    private static readonly Lazy<string?> Interpreter = new(Find);

    /// <summary>Path of an interpreter that has grpcio. Without one the test is skipped, and fails where CI is true.</summary>
    public static string Require()
    {
        if (Interpreter.Value is { } found)
        {
            return found;
        }

        const string Reason = "No Python with grpcio (Debian package python3-grpcio).";
        if (string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
        {
            Assert.Fail(Reason);
        }

        Assert.Skip(Reason);
        return "";
    }

    public static Process Start(string script, params string[] arguments) => StartInterpreter(
        Require(),
        [Path.Combine(AppContext.BaseDirectory, "Stock", script), .. arguments]);

    private static string? Find()
    {
        foreach (var path in new[] { "/usr/bin/python3", "python3", "python" })
        {
            try
            {
                using var process = StartInterpreter(path, ["-c", "import grpc"]);
                process.StandardInput.Close();
                process.WaitForExit();
                if (process.ExitCode == 0)
                {
                    return path;
                }
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // Not installed.
            }
        }

        return null;
    }

    private static Process StartInterpreter(string path, IEnumerable<string> arguments) => Process.Start(new ProcessStartInfo(path, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        Environment = { ["PYTHONDONTWRITEBYTECODE"] = "1" },
    })!;
}
