using Binlog.Service.Configuration;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Bench;

/// <summary>What <c>bench lag</c> does: measures how soon a target shows what was committed on one of several Pumps.</summary>
internal static class BenchLagHandler
{
    private const int WarmUpRate = 50;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync(BenchLagOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        await using var directory = new BenchSystem();
        await using IBenchTarget target = await BenchTargets.OpenAsync(options.Downstream, directory, context.Error, cancellationToken);

        // Ends before the target is cleaned, so that no Drainer writes to it any more.
        await using var system = new BenchSystem();
        BenchResult result = await MeasureAsync(options, system, target, context, cancellationToken);
        BenchReport.Write(result, options.Json, context.Output);
        return ExitCode.Ok;
    }

    private static async Task<BenchResult> MeasureAsync(BenchLagOptions options, BenchSystem system, IBenchTarget target, VerbContext context, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        await using BenchCluster cluster = await BenchCluster.StartAsync(system, options.Pumps, time, cancellationToken);
        ChildNode drainer = await system.StartDrainerAsync(cluster.Pumps[0], cluster.Schema.HistoryFile, target.Options, apply: null, cancellationToken);
        await context.Error.WriteLineAsync($"Writing to one of {options.Pumps} Pumps, and watching {new DownstreamUrl(target.Options)}.");
        return await drainer.WhileRunningAsync(
            async ended =>
            {
                using var http = new NodeHttp();
                await DrainerWait.ForAsync(http, drainer.Address, cluster.Schema.CommitTs, time, ended);
                await using INewestRow reader = await target.OpenReaderAsync(ended);
                var lag = new CommitLag(cluster.Load, reader, time);
                await lag.RunAsync(WarmUpRate, WarmUp, ended);
                lag.TakeLags();

                HostPort[] nodes = [.. cluster.Pumps, drainer.Address];
                ProcessUsage? before = await ProcessUsage.TryReadAsync(http, nodes, ended);
                long started = time.GetTimestamp();
                long written = await lag.RunAsync(options.Rate, TimeSpan.FromSeconds(options.Seconds), ended);
                return new BenchResult
                {
                    Transactions = written,
                    Rows = written,
                    Bytes = lag.TakeBytes(),
                    Elapsed = time.GetElapsedTime(started),
                    LatencyOf = "commit to target",
                    Latency = lag.TakeLags(),
                    UsageBefore = before,
                    UsageAfter = await ProcessUsage.TryReadAsync(http, nodes, ended),
                };
            },
            cancellationToken);
    }
}
