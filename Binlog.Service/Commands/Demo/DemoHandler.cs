using Binlog.Cluster.Pumps;
using Binlog.Service.Configuration;
using Binlog.Service.Downstream.Verification;
using Binlog.Service.Hosting;
using Binlog.Service.Recordings;

namespace Binlog.Service.Commands.Demo;

/// <summary>What <c>demo</c> does: starts Pumps and a Drainer, replays a recording, waits for the target, compares it.</summary>
internal static class DemoHandler
{
    public static async Task<int> RunAsync(DemoVerbOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        Recording recording = Recording.Open(options.RecordingDirectory ?? RecordingLocator.FindSample(context.Process.CurrentDirectory));
        string directory = options.DataDirectory ?? Directory.CreateTempSubdirectory("binlog-demo-").FullName;
        DownstreamOptions downstream = options.Downstream?.Options ?? new DownstreamOptions { Type = DownstreamType.Sqlite, File = Path.Combine(directory, "target.db") };

        await using DemoCluster cluster = await DemoCluster.StartAsync(recording, downstream, options, directory, context.LoggerFactory, cancellationToken);
        if (options.Stay)
        {
            DemoReport.WriteAddresses(cluster, context.Error);
        }

        long started = time.GetTimestamp();
        var sent = new ReplayProgress();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task running = cluster.RunAsync(stop.Token);
        Task<bool> work = ReplicateAsync(recording, cluster, options.Rate, sent, time, stop.Token);
        Task first = Task.WhenAny(work, running);
        await (options.Json ? first : new DemoView(context.Error, time).ShowAsync(first, recording, sent, cluster.Drainer.Progress));
        if (!work.IsCompleted)
        {
            await stop.CancelAsync();
            await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await running;
            throw new OperationCanceledException(cancellationToken);
        }

        await work;
        double seconds = time.GetElapsedTime(started).TotalSeconds;
        VerificationReport report = await DemoVerification.RunAsync(recording, downstream, cancellationToken);
        var result = new DemoResult(cluster.Drainer.Progress.Transactions, cluster.Drainer.Progress.Rows, cluster.Drainer.Progress.SchemaChanges, seconds, report);
        if (options.Json)
        {
            DemoReport.WriteJson(result, context.Output);
        }
        else
        {
            DemoReport.WriteTables(result, downstream, directory, context.Output);
        }

        if (options.Stay)
        {
            await context.Output.FlushAsync(cancellationToken);
            await context.Error.WriteLineAsync("Pumps and Drainer go on until Ctrl+C.");
            await running;
        }

        await stop.CancelAsync();
        await running;
        return report.Equal ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<bool> ReplicateAsync(Recording recording, DemoCluster cluster, long? rate, ReplayProgress sent, TimeProvider time, CancellationToken cancellationToken)
    {
        await using PumpClient client = await PumpClient.OpenAsync(recording.ClusterId, cluster.Pumps, new PumpClientOptions(), time, cancellationToken);
        await new Replayer(client, mayBeRepeated: true, time).RunAsync(recording, rate, sent, cancellationToken);
        await cluster.Drainer.Progress.WaitForAsync(recording.LastCommitTs, cancellationToken);
        return true;
    }
}
