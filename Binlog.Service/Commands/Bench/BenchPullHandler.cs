using Binlog.Cluster.Pumps;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Bench;

/// <summary>What <c>bench pull</c> does: pulls all that a Pump has and measures the rate.</summary>
internal static class BenchPullHandler
{
    private const int FillWriters = 64;

    public static async Task<int> RunAsync(BenchPullOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        BenchResult result;
        if (options.Pump is { } running)
        {
            result = await MeasureAsync(running, options.ClusterId, cancellationToken);
        }
        else
        {
            await using var system = new BenchSystem();
            ChildNode pump = await system.StartPumpAsync(cancellationToken);
            result = await pump.WhileRunningAsync(
                async ended =>
                {
                    await context.Error.WriteLineAsync($"Writing {options.Transactions:N0} transactions of {options.SizeBytes} bytes to {pump.Address}.");
                    await FillAsync(pump.Address, options, ended);
                    return await MeasureAsync(pump.Address, BenchSystem.ClusterId, ended);
                },
                cancellationToken);
        }

        BenchReport.Write(result, options.Json, context.Output);
        return ExitCode.Ok;
    }

    private static async Task FillAsync(HostPort pump, BenchPullOptions options, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        LocalTimestamps timestamps = await LocalTimestamps.AboveClusterAsync(pump, BenchSystem.ClusterId, time, cancellationToken);
        await using PumpClient client = await WriteLoad.OpenClientAsync(BenchSystem.ClusterId, [pump], time, cancellationToken);
        await new WriteLoad(client, timestamps, time).RunAsync(
            [.. Enumerable.Range(1, FillWriters).Select(writer => new SizedTransactionSource(options.SizeBytes, writer))],
            options.Transactions,
            cancellationToken);
    }

    private static async Task<BenchResult> MeasureAsync(HostPort pump, ulong clusterId, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        using var http = new NodeHttp();
        ulong upTo = await PumpPositions.MaxCommitTsAsync(http, pump, cancellationToken);
        ProcessUsage? before = await ProcessUsage.TryReadAsync(http, [pump], cancellationToken);
        long started = time.GetTimestamp();
        PulledAmount pulled = await PulledAmount.PullAsync(pump, clusterId, upTo, cancellationToken);
        TimeSpan elapsed = time.GetElapsedTime(started);
        return new BenchResult
        {
            Transactions = pulled.Transactions,
            Rows = pulled.Rows,
            Bytes = pulled.Bytes,
            Elapsed = elapsed,
            UsageBefore = before,
            UsageAfter = await ProcessUsage.TryReadAsync(http, [pump], cancellationToken),
        };
    }
}
