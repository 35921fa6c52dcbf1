using Binlog.Cluster.Connecting;
using Binlog.Cluster.Contracts.Pd;

namespace Binlog.Cluster.Pd;

/// <summary>Keeps a stream of timestamps open to whoever leads while somebody waits for timestamps. Runs once; its properties may be read from any thread.</summary>
/// <param name="queue">Who waits.</param>
/// <param name="directory">Knows the leader.</param>
/// <param name="channels">Channels to the members.</param>
/// <param name="time">Clock for pauses.</param>
/// <param name="failures">Is told of broken streams.</param>
internal sealed class TsoLoop(TsoQueue queue, PdDirectory directory, ServerChannels channels, TimeProvider time, PdFailures failures)
{
    // Outlives the streams: what another leader gives out must be above what this one gave.
    private readonly TsoRange _range = new();
    private volatile ClusterException? _lastFailure;
    private volatile Exception? _death;

    /// <summary>Why the last stream broke or couldn't be opened; null when none has.</summary>
    public ClusterException? LastFailure => _lastFailure;

    /// <summary>Why it has ended; null while it runs. Whoever joins the queue looks at it afterwards.</summary>
    public Exception? Death => _death;

    /// <summary>Serves the queue until cancelled. Never throws: who waits gets the error.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ServeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Die(new ObjectDisposedException(nameof(PdClient), "The PD client was closed."));
        }
        catch (Exception exception)
        {
            Die(new ClusterException($"The stream of timestamps from PD failed for a reason that is not PD's: {exception.Message}", exception));
        }
    }

    // First latched, then the queue emptied: who comes later sees the latch.
    private void Die(Exception death)
    {
        _death = death;
        queue.FailAll(death);
    }

    private async Task ServeAsync(CancellationToken cancellationToken)
    {
        for (int failed = 0; ;)
        {
            await queue.WaitAsync(cancellationToken).ConfigureAwait(false);
            PdMembership? members = directory.Current;
            bool hasAnswered = false;
            try
            {
                members = await directory.GetAsync(cancellationToken).ConfigureAwait(false);
                (ClusterException reason, hasAnswered) = await StreamAsync(members, failed, cancellationToken).ConfigureAwait(false);
                Note(reason);
            }
            catch (ClusterException exception)
            {
                Note(exception);
            }

            failed = hasAnswered ? 1 : failed + 1;
            await Task.Delay(PdLimits.PauseAfter(failed), time, cancellationToken).ConfigureAwait(false);
            await LookAgainAsync(members, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(ClusterException Reason, bool HasAnswered)> StreamAsync(PdMembership members, int attempt, CancellationToken cancellationToken)
    {
        if (members.Leader is null)
        {
            return (PdAnswers.NoLeader(members), false);
        }

        string url = members.LeaderUrl(attempt);
        var stream = new TsoStream(queue, _range, time);
        ClusterException reason = await stream.RunAsync(new PD.PDClient(channels.Get(url)), members, url, cancellationToken).ConfigureAwait(false);
        return (reason, stream.HasAnswered);
    }

    private async Task LookAgainAsync(PdMembership? failed, CancellationToken cancellationToken)
    {
        try
        {
            await directory.RefreshAsync(failed, cancellationToken).ConfigureAwait(false);
        }
        catch (ClusterException exception)
        {
            Note(exception);
        }
    }

    // What doesn't pass by itself is not waited for.
    private void Note(ClusterException exception)
    {
        _lastFailure = exception;
        failures.Note(exception.Message);
        if (!exception.IsTransient)
        {
            queue.FailAll(exception);
        }
    }
}
