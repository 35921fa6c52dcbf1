using Binlog.Cluster.Pumps;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Bench;

/// <summary>What <c>bench tail</c> does: measures how soon a puller that waits has a new transaction.</summary>
internal static class BenchTailHandler
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync(BenchTailOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        BenchResult result;
        if (options.Pump is { } running)
        {
            result = await MeasureAsync(options, running, options.ClusterId, cancellationToken);
        }
        else
        {
            await using var system = new BenchSystem();
            ChildNode pump = await system.StartPumpAsync(cancellationToken);
            result = await pump.WhileRunningAsync(ended => MeasureAsync(options, pump.Address, BenchSystem.ClusterId, ended), cancellationToken);
        }

        BenchReport.Write(result, options.Json, context.Output);
        return ExitCode.Ok;
    }

    private static async Task<BenchResult> MeasureAsync(BenchTailOptions options, HostPort pump, ulong clusterId, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        LocalTimestamps timestamps = await LocalTimestamps.AboveClusterAsync(pump, clusterId, time, cancellationToken);
        await using PumpClient client = await WriteLoad.OpenClientAsync(clusterId, [pump], time, cancellationToken);
        using var http = new NodeHttp();
        var tail = new TailLatency(pump, clusterId, timestamps, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task pulling = tail.PullAsync(timestamps.Next(), stop.Token);
        Task writing = tail.WriteAsync(client, options.Rate, stop.Token);
        try
        {
            await WaitAsync(WarmUp);
            ProcessUsage? before = await ProcessUsage.TryReadAsync(http, [pump], cancellationToken);
            tail.TakeLatency();
            long arrived = tail.Arrived;
            long started = time.GetTimestamp();
            await WaitAsync(TimeSpan.FromSeconds(options.Seconds));
            arrived = tail.Arrived - arrived;
            return new BenchResult
            {
                Transactions = arrived,
                Rows = arrived,
                Bytes = arrived * BenchWriteOptions.DefaultSizeBytes,
                Elapsed = time.GetElapsedTime(started),
                LatencyOf = "commit to puller",
                Latency = tail.TakeLatency(),
                UsageBefore = before,
                UsageAfter = await ProcessUsage.TryReadAsync(http, [pump], cancellationToken),
            };
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(writing, pulling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task WaitAsync(TimeSpan duration) => await await Task.WhenAny(Task.Delay(duration, time, cancellationToken), pulling, writing);
    }
}
