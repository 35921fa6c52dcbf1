using System.Diagnostics;
using System.Globalization;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Hosting;
using Binlog.Service.Tests.Pump.Serving;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TestKit.Capabilities;

namespace Binlog.Service.Tests.Stock;

/// <summary>The stock gRPC client against our Pump.</summary>
public sealed class StockClientTests
{
    [Fact]
    public async Task StockClient_WritesAndPulls_Succeeds()
    {
        string interpreter = FindInterpreter() ?? "";
        Capability.Require(interpreter.Length > 0, "No Python with grpcio (Debian package python3-grpcio).");
        await using RunningPump pump = await RunningPump.StartAsync();

        (int exitCode, string output) = await RunAsync(interpreter, Path.Combine(AppContext.BaseDirectory, "Stock", "pump_client.py"), pump.Address, StoreDriver.ClusterId.ToString(CultureInfo.InvariantCulture));

        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public async Task StockClient_OverUnixSocket_Succeeds()
    {
        string interpreter = FindInterpreter() ?? "";
        Capability.Require(interpreter.Length > 0, "No Python with grpcio (Debian package python3-grpcio).");
        using var directory = new TemporaryDirectory();
        await using BinlogHost host = await HostRoles.StartAsync(directory.Combine("data"), "pump-1", HostRoles.Pump(socket: directory.Combine("pump.sock")));

        (int exitCode, string output) = await RunAsync(
            interpreter, Path.Combine(AppContext.BaseDirectory, "Stock", "pump_client.py"), "unix:" + directory.Combine("pump.sock"), HostRoles.ClusterId.ToString(CultureInfo.InvariantCulture));

        Assert.True(exitCode == 0, output);
    }

    private static string? FindInterpreter() => new[] { "/usr/bin/python3", "python3", "python" }.FirstOrDefault(path =>
    {
        try
        {
            using var process = Process.Start(StartInfo(path, "-c", "import grpc"))!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    });

    private static async Task<(int ExitCode, string Output)> RunAsync(string interpreter, params string[] arguments)
    {
        using var process = Process.Start(StartInfo(interpreter, arguments))!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await error);
    }

    private static ProcessStartInfo StartInfo(string interpreter, params string[] arguments) => new(interpreter, arguments)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        Environment = { ["PYTHONDONTWRITEBYTECODE"] = "1" },
    };
}
