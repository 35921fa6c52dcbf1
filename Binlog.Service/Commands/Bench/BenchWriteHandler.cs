using Binlog.Cluster.Pumps;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Bench;

/// <summary>What <c>bench write</c> does: writes to Pumps for a while and measures the acknowledgements.</summary>
internal static class BenchWriteHandler
{
    private const int WarmUpTransactions = 10_000;
    private const int MaxWarmUpSeconds = 5;

    public static async Task<int> RunAsync(BenchWriteOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        BenchResult result;
        if (options.Pumps.Count > 0)
        {
            result = await MeasureAsync(options, options.Pumps, options.ClusterId, context, CancellationToken.None, cancellationToken);
        }
        else
        {
            await using var system = new BenchSystem();
            ChildNode pump = await system.StartPumpAsync(cancellationToken);
            result = await pump.WhileRunningAsync(
                running => MeasureAsync(options, [pump.Address], BenchSystem.ClusterId, context, running, running),
                cancellationToken);
        }

        BenchReport.Write(result, options.Json, context.Output);
        return ExitCode.Ok;
    }

    private static async Task<BenchResult> MeasureAsync(
        BenchWriteOptions options,
        IReadOnlyList<HostPort> pumps,
        ulong clusterId,
        VerbContext context,
        CancellationToken abort,
        CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        LocalTimestamps timestamps = await LocalTimestamps.AboveClusterAsync(pumps[0], clusterId, time, cancellationToken);
        await using PumpClient client = await WriteLoad.OpenClientAsync(clusterId, pumps, time, cancellationToken);
        using var http = new NodeHttp();
        SizedTransactionSource[] sources = [.. Enumerable.Range(1, options.Writers).Select(writer => new SizedTransactionSource(options.SizeBytes, writer))];
        var load = new WriteLoad(client, timestamps, time);
        await context.Error.WriteLineAsync($"{options.Writers} writers, {sources[0].SizeBytes} bytes per transaction, to {string.Join(", ", pumps)} for {options.Seconds} s.");
        Task running = load.RunAsync(sources, long.MaxValue, abort);
        try
        {
            for (int second = 0; second == 0 || (second < MaxWarmUpSeconds && load.Transactions < WarmUpTransactions); second++)
            {
                await WaitAsync(running, TimeSpan.FromSeconds(1), time, cancellationToken);
            }

            ProcessUsage? before = await ProcessUsage.TryReadAsync(http, pumps, cancellationToken);
            load.TakeLatency();
            long started = time.GetTimestamp();
            long transactions = load.Transactions;

            await WaitAsync(running, TimeSpan.FromSeconds(options.Seconds), time, cancellationToken);
            transactions = load.Transactions - transactions;
            TimeSpan elapsed = time.GetElapsedTime(started);
            return new BenchResult
            {
                Transactions = transactions,
                Rows = transactions,
                Bytes = transactions * sources[0].SizeBytes,
                Elapsed = elapsed,
                Latency = load.TakeLatency(),
                UsageBefore = before,
                UsageAfter = await ProcessUsage.TryReadAsync(http, pumps, cancellationToken),
            };
        }
        finally
        {
            load.Stop();
            await running;
        }
    }

    /// <summary>Waits so long; the load never ends before that, except by failing.</summary>
    private static async Task WaitAsync(Task running, TimeSpan duration, TimeProvider time, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task first = await Task.WhenAny(running, Task.Delay(duration, time, ended.Token));
        await ended.CancelAsync();
        await first;
    }
}
