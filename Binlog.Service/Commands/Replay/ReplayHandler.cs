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
        await using PumpClient client = await PumpClient.OpenAsync(
            recording.ClusterId, PumpSource.Addresses([.. options.Pumps.Select(pump => pump.ToString())]), Limits(options), TimeProvider.System, cancellationToken);
        var progress = new ReplayProgress();
        long started = TimeProvider.System.GetTimestamp();
        try
        {
            await new Replayer(client, mayBeRepeated: true, TimeProvider.System).RunAsync(recording, options.Rate, progress, cancellationToken);
        }
        catch (ClusterException exception)
        {
            throw new ServiceException($"{exception.Message} {progress.Decided} transactions were acknowledged; sending the recording again goes on from there, binlogs that Pumps have are known to them.", exception);
        }

        double seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        await context.Output.WriteLineAsync($"{progress.Decided} transactions acknowledged by {options.Pumps.Count} Pumps in {seconds:0.0} s; last commit TS {recording.LastCommitTs}.");
        return ExitCode.Ok;
    }

    private static PumpClientOptions Limits(ReplayVerbOptions options)
    {
        var standard = new PumpClientOptions { Tls = options.Tls };
        return options.Timeout is { } timeout
            ? standard with { WriteTimeout = timeout, DecisionTimeout = timeout, RepeatPatience = timeout / 2 }
            : standard;
    }
}
