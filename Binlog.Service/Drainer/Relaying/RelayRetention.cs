namespace Binlog.Service.Drainer.Relaying;

/// <summary>Deletes what the relay log's limits let go also while nothing is applied: a log that stands still ages.</summary>
internal sealed class RelayRetention(Relay relay, TimeProvider time)
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Looks at once and at the interval until cancelled.</summary>
    /// <exception cref="Binlog.RelayLog.RelayLogException">A segment can't be deleted.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await relay.ApplyRetentionAsync(cancellationToken);
            await Task.Delay(Interval, time, cancellationToken);
        }
    }
}
