using Binlog.Cluster;
using Binlog.Cluster.Pumps;
using Binlog.Service.Hosting;
using Binlog.Service.Recordings;

namespace Binlog.Service.Commands.Replay;

/// <summary>What <c>replay</c> does: sends a recording to running Pumps.</summary>
internal static class ReplayHandler
{
    public static async Task<int> RunAsync(ReplayVerbOptions options, VerbContext context, CancellationToken cancellationToken)
    {
        Recording recording = Recording.Open(options.RecordingDirectory);
        await using var client = new PumpClient(recording.ClusterId, [.. options.Pumps.Select(pump => pump.ToString())], Limits(options), TimeProvider.System);
        var progress = new ReplayProgress();
        long started = TimeProvider.System.GetTimestamp();
        try
        {
            await new Replayer(client, TimeProvider.System).RunAsync(recording, options.Rate, progress, cancellationToken);
        }
        catch (ClusterException exception)
        {
            throw new ServiceException($"{exception.Message} {progress.Decided} transactions were acknowledged; sending the recording again goes on from there, binlogs that Pumps have are known to them.", exception);
        }

        double seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        await context.Output.WriteLineAsync($"{progress.Decided} transactions acknowledged by {options.Pumps.Count} Pumps in {seconds:0.0} s; last commit TS {recording.LastCommitTs}.");
        return ExitCode.Ok;
    }

    /// <summary>
    /// A recording may be sent again after a failure, so each of its transactions keeps to one Pump, waits for that Pump to come back
    /// from a restart, and is not rolled back when the replay ends without it.
    /// </summary>
    private static PumpClientOptions Limits(ReplayVerbOptions options)
    {
        var standard = new PumpClientOptions
        {
            Selection = PumpSelection.ByStartTs,
            FirstPumpPatience = TimeSpan.FromSeconds(10),
            RollBackFailedPrewrites = false,
            Tls = options.Tls,
        };
        return options.Timeout is { } timeout
            ? standard with { WriteTimeout = timeout, DecisionTimeout = timeout, FirstPumpPatience = timeout / 2 }
            : standard;
    }
}
