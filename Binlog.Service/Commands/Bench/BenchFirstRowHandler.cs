using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Bench;

/// <summary>What <c>bench first-row</c> does: starts a Drainer again and again, each time with transactions that wait for it.</summary>
internal static class BenchFirstRowHandler
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(BenchFirstRowOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        await using var directory = new BenchSystem();
        await using IBenchTarget target = await BenchTargets.OpenAsync(options.Downstream, directory, context.Error, cancellationToken);

        // Ends before the target is cleaned, so that no Drainer writes to it any more.
        await using var system = new BenchSystem();
        FirstRowResult result = await MeasureAsync(options, system, target, context, cancellationToken);
        result.Write(options.Json, context.Output);
        return ExitCode.Ok;
    }

    private static async Task<FirstRowResult> MeasureAsync(BenchFirstRowOptions options, BenchSystem system, IBenchTarget target, VerbContext context, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        using var http = new NodeHttp();
        await using BenchCluster cluster = await BenchCluster.StartAsync(system, options.Pumps, time, cancellationToken);
        ChildNode drainer = await StartAsync();
        await DrainerWait.ForAsync(http, drainer.Address, cluster.Schema.CommitTs, time, cancellationToken);
        await context.Error.WriteLineAsync($"Starting a Drainer {options.Rounds} times, for which {options.Transactions:N0} transactions wait.");
        var source = new RowMixSource(0, 1, isInsertOnly: true);
        await using INewestRow reader = await target.OpenReaderAsync(cancellationToken);
        var toReady = new List<TimeSpan>();
        var toFirstRow = new List<TimeSpan>();
        for (int round = 0; round < options.Rounds; round++)
        {
            await CloseAsync(drainer);
            long before = source.Rows;
            await cluster.Load.RunAsync([source], options.Transactions, cancellationToken);
            long started = time.GetTimestamp();
            drainer = await StartAsync();
            long ready = time.GetTimestamp();
            toReady.Add(time.GetElapsedTime(started, ready));
            await drainer.WhileRunningAsync(ended => WaitForRowAsync(reader, before, ready, time, ended), cancellationToken);
            toFirstRow.Add(time.GetElapsedTime(ready));
            await DrainerWait.ForAsync(http, drainer.Address, cluster.Load.LastCommitTs, time, cancellationToken);
        }

        return new FirstRowResult(options.Transactions, toReady, toFirstRow);

        Task<ChildNode> StartAsync() => system.StartDrainerAsync(cluster.Pumps[0], cluster.Schema.HistoryFile, target.Options, apply: null, cancellationToken);

        async Task CloseAsync(ChildNode running)
        {
            await http.PutAsync(running.Address, $"/state/{BenchSystem.DrainerNodeId}/close", cancellationToken);
            await running.WaitForEndAsync(cancellationToken);
        }
    }

    private static async Task<long> WaitForRowAsync(INewestRow reader, long before, long since, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            long newest = await reader.ReadIdAsync(cancellationToken);
            if (newest > before)
            {
                return newest;
            }

            if (time.GetElapsedTime(since) > StallTimeout)
            {
                throw new ServiceException($"The Drainer is online since {StallTimeout.TotalSeconds:0} s, and the target's newest row is still {before}.");
            }

            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }
}
