using Binlog.Cluster.Pumps;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Bench;

/// <summary>What <c>bench start</c> does: starts a Pump with a full store again and again.</summary>
internal static class BenchStartHandler
{
    private const int Writers = 64;
    private const int TransactionsBeforeKill = 5_000;

    public static async Task<int> RunAsync(BenchStartOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        await using var system = new BenchSystem();
        await context.Error.WriteLineAsync($"Filling a Pump's store with {options.Transactions:N0} transactions.");
        long binlogBytes = await StoreFiller.FillAsync(system.PumpDataDirectory, BenchSystem.ClusterId, options.Transactions, TimeProvider.System, cancellationToken);

        using var http = new NodeHttp();
        (TimeSpan rebuilt, ChildNode pump) = await StartAsync(system, http, cancellationToken);
        var clean = new List<TimeSpan>();
        for (int round = 0; round < options.Rounds; round++)
        {
            await http.PutAsync(pump.Address, $"/state/{BenchSystem.PumpNodeId}/pause", cancellationToken);
            await pump.WaitForEndAsync(cancellationToken);
            (TimeSpan elapsed, pump) = await StartAsync(system, http, cancellationToken);
            clean.Add(elapsed);
        }

        var killed = new List<TimeSpan>();
        for (int round = 0; round < options.Rounds; round++)
        {
            await WriteAsync(pump.Address, cancellationToken);
            await pump.DisposeAsync();
            (TimeSpan elapsed, pump) = await StartAsync(system, http, cancellationToken);
            killed.Add(elapsed);
        }

        var result = new BenchStartResult
        {
            Transactions = options.Transactions,
            BinlogBytes = binlogBytes,
            DiskBytes = new DirectoryInfo(Path.Combine(system.PumpDataDirectory, "pump")).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length),
            Rebuilt = rebuilt,
            AfterCleanStop = Median(clean),
            AfterKill = Median(killed),
            UsageAfter = await ProcessUsage.TryReadAsync(http, [pump.Address], cancellationToken),
        };
        result.Write(options.Json, context.Output);
        return ExitCode.Ok;
    }

    /// <summary>From the start of the process until it has answered <c>GET /status</c>.</summary>
    private static async Task<(TimeSpan Elapsed, ChildNode Pump)> StartAsync(BenchSystem system, NodeHttp http, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        long started = time.GetTimestamp();
        ChildNode pump = await system.StartPumpAsync(cancellationToken);
        _ = await http.TryGetAsync(pump.Address, "/status", cancellationToken) ?? throw new StartFailedException($"The Pump at {pump.Address} does not answer GET /status.");
        return (time.GetElapsedTime(started), pump);
    }

    private static async Task WriteAsync(HostPort pump, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        LocalTimestamps timestamps = await LocalTimestamps.AboveClusterAsync(pump, BenchSystem.ClusterId, time, cancellationToken);
        await using PumpClient client = await WriteLoad.OpenClientAsync(BenchSystem.ClusterId, [pump], time, cancellationToken);
        await new WriteLoad(client, timestamps, time).RunAsync(
            [.. Enumerable.Range(1, Writers).Select(writer => new SizedTransactionSource(BenchWriteOptions.DefaultSizeBytes, writer))], TransactionsBeforeKill, cancellationToken);
    }

    private static TimeSpan Median(List<TimeSpan> times) => times.Order().ElementAt(times.Count / 2);
}
