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
/// looked for there.
/// </remarks>
internal sealed class Replayer(PumpClient client, TimeProvider time)
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
        var prewrites = new Dictionary<ulong, (Task<PumpTransaction> Sent, RecordedBinlog Binlog)>();
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
                    Task<PumpTransaction> prewrite = PrewriteAsync(binlog, inFlight, failed);
                    prewrites[binlog.Header.StartTs] = (prewrite, binlog);
                    allPrewritten = BothAsync(allPrewritten, prewrite);
                    continue;
                }

                await PaceAsync(started, sent++, rate, failed.Token);
                if (!prewrites.Remove(binlog.Header.StartTs, out (Task<PumpTransaction> Sent, RecordedBinlog Binlog) own))
                {
                    throw new RecordingException($"The recording has an outcome for start TS {binlog.Header.StartTs} without its prewrite before it.");
                }

                await inFlight.WaitAsync(failed.Token);
                running.Add(DecideAsync(binlog, own.Sent, own.Binlog, allPrewritten, inFlight, progress, failed));
                if (running.Count > 4 * MaxInFlight)
                {
                    running.RemoveAll(task => task.IsCompletedSuccessfully);
                }
            }

            await Task.WhenAll([allPrewritten, .. running]);
            await client.FlushAsync();
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

    private async Task<PumpTransaction> PrewriteAsync(RecordedBinlog binlog, SemaphoreSlim inFlight, FirstFailure failed)
    {
        try
        {
            return await client.PrewriteAsync(binlog.Header.StartTs, binlog.Payload, failed.Token);
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

    private async Task DecideAsync(RecordedBinlog binlog, Task<PumpTransaction> own, RecordedBinlog prewrite, Task allPrewritten, SemaphoreSlim inFlight, ReplayProgress progress, FirstFailure failed)
    {
        try
        {
            await allPrewritten;
            await DecideAsync(await own, binlog, prewrite, failed.Token);
            progress.AddDecided(binlog.Header.Type == BinlogType.Commit);
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

    private async Task DecideAsync(PumpTransaction transaction, RecordedBinlog binlog, RecordedBinlog prewrite, CancellationToken cancellationToken)
    {
        for (int asked = 1; ; asked++)
        {
            try
            {
                await client.DecideAsync(transaction, binlog.Payload, cancellationToken);
                return;
            }
            catch (PumpWriteException exception) when (exception.IsTooLate)
            {
                if (asked == client.PumpCount)
                {
                    await client.VoidAsync(transaction, cancellationToken);
                    throw new ClusterException(
                        $"No Pump has the transaction of start TS {binlog.Header.StartTs}, commit TS {binlog.Header.CommitTs}, and all have gone past it: {exception.Message} It can't be sent to these Pumps any more; use new ones.",
                        exception);
                }
            }

            transaction = await client.MoveAsync(transaction, prewrite.Payload, cancellationToken);
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
