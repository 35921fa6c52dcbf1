using Binlog.Service.Configuration;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Bench;

/// <summary>
/// What <c>bench apply</c> does: fills a Pump, then starts a Drainer and measures until the target has everything. The Pump's
/// work is done when the measured time begins, but for serving the pull.
/// </summary>
internal static class BenchApplyHandler
{
    private const int Writers = 64;

    public static async Task<int> RunAsync(BenchApplyOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        BenchResult result = await MeasureAsync(options, context, cancellationToken);
        BenchReport.Write(result, options.Json, context.Output);
        return ExitCode.Ok;
    }

    private static async Task<BenchResult> MeasureAsync(BenchApplyOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        await using var directory = new BenchSystem();
        await using IBenchTarget target = await BenchTargets.OpenAsync(options.Downstream, directory, context.Error, cancellationToken);

        // Ends before the target is cleaned, so that no Drainer writes to it any more.
        await using var system = new BenchSystem();
        ChildNode pump = await system.StartPumpAsync(cancellationToken);
        return await pump.WhileRunningAsync(
            async ended =>
            {
                await context.Error.WriteLineAsync($"Writing {options.Transactions:N0} transactions to a Pump.");
                ApplyInput input = await ApplyInput.WriteAsync(pump.Address, options.Transactions, options.Rows, Writers, system.DirectoryPath, ended);
                await context.Error.WriteLineAsync($"Applying them to {new DownstreamUrl(target.Options)}.");
                return await ApplyAsync(system, pump.Address, input, target, options, ended);
            },
            cancellationToken);
    }

    private static async Task<BenchResult> ApplyAsync(BenchSystem system, HostPort pump, ApplyInput input, IBenchTarget target, BenchApplyOptions options, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        using var http = new NodeHttp();
        long started = time.GetTimestamp();
        ChildNode drainer = await system.StartDrainerAsync(pump, input.HistoryFile, target.Options, options, cancellationToken);
        return await drainer.WhileRunningAsync(
            async ended =>
            {
                await DrainerWait.ForAsync(http, drainer.Address, input.LastCommitTs, time, ended);
                TimeSpan elapsed = time.GetElapsedTime(started);
                ProcessUsage? usage = await ProcessUsage.TryReadAsync(http, [drainer.Address], ended);
                long rows = await target.CountRowsAsync(ended);
                if (rows != input.Rows)
                {
                    throw new ServiceException($"The target {new DownstreamUrl(target.Options)} has {rows} rows where {input.Rows} were expected: what was measured is not a correct application.");
                }

                return new BenchResult
                {
                    Transactions = input.Transactions,
                    Rows = input.Changes,
                    Bytes = input.Bytes,
                    Elapsed = elapsed,
                    UsageBefore = default(ProcessUsage),
                    UsageAfter = usage,
                };
            },
            cancellationToken);
    }
}
