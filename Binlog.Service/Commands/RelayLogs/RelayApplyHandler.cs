using System.Globalization;
using Binlog.RelayLog;
using Binlog.Service.Commands.Inspect;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Claiming;
using Binlog.Service.Drainer;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Refetching;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Commands.RelayLogs;

/// <summary>What <c>relay apply</c> does: the Drainer's last stage alone, up to the end of the relay log.</summary>
internal static class RelayApplyHandler
{
    public static Task<int> RunAsync(RelayApplyOptions options, VerbContext context, CancellationToken cancellationToken) =>
        RunAsync(options, context, TimeProvider.System, cancellationToken);

    /// <summary>The same with a clock, by which a target that is away is given up.</summary>
    public static async Task<int> RunAsync(RelayApplyOptions options, VerbContext context, TimeProvider time, CancellationToken cancellationToken)
    {
        SegmentedLogOptions log = Relay.OptionsOf(options.DataDir, options.ClusterId ?? 0, options.Drainer.Relay);
        if (!Directory.Exists(log.Directory))
        {
            throw new ServiceException($"There is no relay log: {log.Directory} does not exist. Check dataDir; it must be the one of the Drainer.");
        }

        ulong clusterId = options.ClusterId ?? (await LogInspector.OutlineAsync(log.Directory, null, cancellationToken))?.ClusterId ?? 0;
        log = log with { ClusterId = clusterId };
        ILogger logger = context.LoggerFactory.CreateLogger("Binlog.Relay");
        await using Relay relay = await Relay.OpenAsync(log, RelayLimits.None, logger, cancellationToken);
        if (relay.LastCommitTs is not { } last)
        {
            await context.Output.WriteLineAsync($"The relay log in {relay.Directory} is empty: there is nothing to apply.");
            return ExitCode.Ok;
        }

        await using IOpenSchemaHistory history = await SchemaHistories.OpenWithoutUpstreamAsync(options.DataDir, options.Drainer, clusterId, time, logger, cancellationToken);
        var progress = new ApplyProgress();
        var claim = new TargetClaim { Holder = $"relay apply on {Environment.MachineName}, process {Environment.ProcessId}", Time = time };
        var targets = new TargetFactory(options.Drainer.Downstream, options.Drainer.Checkpoint, clusterId, claim);
        await using var applier = new Applier(targets.Create, relay, history, ApplyLimits.Of(options.Drainer), progress, time, logger);
        Checkpoint start = await applier.ReadCheckpointAsync(cancellationToken)
            ?? await applier.WriteFirstCheckpointAsync((await StartPosition.FindBeginningAsync(relay, history, cancellationToken))!, 0, cancellationToken);
        if (start.CommitTs < last)
        {
            await ApplyAsync(applier, relay, progress, last, context, time, cancellationToken);
        }

        string what = start.CommitTs < last
            ? string.Create(CultureInfo.InvariantCulture, $"Applied {progress.Transactions} transactions and {progress.SchemaChanges} schema changes.")
            : "There was nothing to apply.";
        await context.Output.WriteLineAsync($"{what} {Describe(relay, last, Math.Max(start.CommitTs, last))}");
        return ExitCode.Ok;
    }

    private static async Task ApplyAsync(Applier applier, Relay relay, ApplyProgress progress, ulong last, VerbContext context, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await new RelayApplyProgress(context.Error, time).ShowAsync(applier.RunToEndAsync(cancellationToken), relay, progress);
        }
        catch (Exception exception) when (exception is ServiceException or RelayLogException && progress.CommitTs > 0)
        {
            await context.Error.WriteLineAsync($"Not everything is applied: the target is at commit TS {TsText.Full(progress.CommitTs)}, the relay log goes up to {TsText.Full(last)}.");
            throw;
        }
    }

    /// <summary>Where the target is now, and what that means.</summary>
    /// <exception cref="ServiceException">The relay log has lost its end, or took the place of one that has more: there was a later durable commit TS.</exception>
    private static string Describe(Relay relay, ulong last, ulong reached)
    {
        string target = $"The target is at commit TS {TsText.Full(reached)}";
        if (relay.Log.Recovery.MissingEnd is { } missing)
        {
            throw new ServiceException(
                $"{target}, but the relay log in {relay.Directory} has lost its end: it ends at {relay.Log.FlushedEnd}, and {missing.Source} says that it was flushed up to {missing.End}. What came after commit TS {last} is not in it any more; Pumps that still exist have it.");
        }

        if (RelayAside.Find(relay.Directory) is { } aside && aside.UpTo > reached)
        {
            throw new ServiceException(
                $"{target}, the last one of the relay log in {relay.Directory}. But that one took the place of a damaged one, which is in {aside.Directory} and goes up to commit TS {TsText.Full(aside.UpTo)}: what lies between had not been fetched from the Pumps again.");
        }

        return reached == last
            ? $"{target}, the last durable one of the relay log in {relay.Directory}."
            : $"{target}, beyond {TsText.Full(last)}, the last durable one of the relay log in {relay.Directory}.";
    }
}
