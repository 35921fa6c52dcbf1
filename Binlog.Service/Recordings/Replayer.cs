using Binlog.Cluster;
using Binlog.Cluster.Pumps;
using Binlog.TiDB.Records;

namespace Binlog.Service.Recordings;

/// <summary>
/// Sends a recording to Pumps as TiDB would: several transactions in flight, a commit to the Pump that took its prewrite.
/// </summary>
/// <remarks>
/// The order that makes max commit TS meaningful is kept: TiDB takes a commit TS after the prewrite is stored, so a commit is
/// sent only when every prewrite that the recording has before it is acknowledged. Prewrites go ahead of that. Sending the same
/// recording again is harmless: Pumps know binlogs that they have, and a transaction that another Pump took the first time is
/// looked for there (<see cref="PumpClient.BeginAgain"/>). Commits and rollbacks are made by the client, with the same bytes as those of the recording.
/// </remarks>
/// <param name="client">Writes to the Pumps.</param>
/// <param name="mayBeRepeated">Whether the recording may have been sent to these Pumps before, or will be sent again when this fails.</param>
/// <param name="time">The clock.</param>
internal sealed class Replayer(PumpClient client, bool mayBeRepeated, TimeProvider time)
{
    private const int MaxInFlight = 256;

    /// <summary>Returns when every binlog of the recording is durable on a Pump.</summary>
    /// <param name="recording">What to send.</param>
    /// <param name="rate">Outcomes per second at most; null for as fast as possible.</param>
    /// <param name="progress">Is kept up to date.</param>
    /// <param name="cancellationToken">Ends the replay; what is acknowledged stays.</param>
    /// <exception cref="ClusterException">A binlog found no Pump in time.</exception>
    public async Task RunAsync(Recording recording, long? rate, ReplayProgress progress, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var failed = new FirstFailure(stop);
        using var inFlight = new SemaphoreSlim(MaxInFlight);
        var prewrites = new Dictionary<ulong, Task<PrewrittenTransaction>>();
        var running = new List<Task>();
        Task allPrewritten = Task.CompletedTask;
        long started = time.GetTimestamp();
        long sent = 0;
        try
        {
            foreach (RecordedBinlog binlog in recording.Binlogs)
            {
                if (binlog.Header.Type == BinlogType.Prewrite)
                {
                    await inFlight.WaitAsync(failed.Token);
                    Task<PrewrittenTransaction> prewrite = PrewriteAsync(binlog, inFlight, failed);
                    prewrites[binlog.Header.StartTs] = prewrite;
                    allPrewritten = BothAsync(allPrewritten, prewrite);
                    continue;
                }

                await PaceAsync(started, sent++, rate, failed.Token);
                if (!prewrites.Remove(binlog.Header.StartTs, out Task<PrewrittenTransaction>? own))
                {
                    throw new RecordingException($"The recording has an outcome for start TS {binlog.Header.StartTs} without its prewrite before it.");
                }

                await inFlight.WaitAsync(failed.Token);
                running.Add(DecideAsync(binlog.Header, own, allPrewritten, inFlight, progress, failed));
                if (running.Count > 4 * MaxInFlight)
                {
                    running.RemoveAll(task => task.IsCompletedSuccessfully);
                }
            }

            await Task.WhenAll([allPrewritten, .. running]);
            await client.FlushAsync(failed.Token);
        }
        catch (OperationCanceledException) when (failed.Failure is not null && !cancellationToken.IsCancellationRequested)
        {
            failed.Failure.Throw();
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll([allPrewritten, .. running]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task BothAsync(Task earlier, Task latest)
    {
        await earlier;
        await latest;
    }

    private async Task<PrewrittenTransaction> PrewriteAsync(RecordedBinlog binlog, SemaphoreSlim inFlight, FirstFailure failed)
    {
        try
        {
            StartedTransaction transaction = mayBeRepeated ? client.BeginAgain(binlog.Header.StartTs) : client.Begin(binlog.Header.StartTs);
            return await transaction.PrewriteAsync(binlog.Payload, failed.Token);
        }
        catch (Exception exception)
        {
            await failed.ReportAsync(exception);
            throw;
        }
        finally
        {
            inFlight.Release();
        }
    }

    private static async Task DecideAsync(BinlogHeader outcome, Task<PrewrittenTransaction> own, Task allPrewritten, SemaphoreSlim inFlight, ReplayProgress progress, FirstFailure failed)
    {
        try
        {
            await allPrewritten;
            PrewrittenTransaction transaction = await own;
            bool isCommit = outcome.Type == BinlogType.Commit;
            await (isCommit ? transaction.CommitAsync(outcome.CommitTs, failed.Token) : transaction.RollbackAsync(failed.Token));
            progress.AddDecided(isCommit);
        }
        catch (Exception exception)
        {
            await failed.ReportAsync(exception);
            throw;
        }
        finally
        {
            inFlight.Release();
        }
    }

    private async Task PaceAsync(long started, long sent, long? rate, CancellationToken cancellationToken)
    {
        if (rate is { } perSecond)
        {
            TimeSpan due = TimeSpan.FromSeconds((double)sent / perSecond) - time.GetElapsedTime(started);
            if (due > TimeSpan.Zero)
            {
                await Task.Delay(due, time, cancellationToken);
            }
        }
    }
}
