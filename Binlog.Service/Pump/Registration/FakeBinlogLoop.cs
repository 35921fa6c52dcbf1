using Binlog.Cluster.Timestamps;
using Binlog.Cluster;
using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Storage;
using Binlog.TiDB.Records;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Registration;

/// <summary>
/// Keeps an idle Pump's max commit TS moving, so that merging does not wait for it: at an interval, and as soon as a Drainer asks for it, it
/// tells the cluster which commit TS it has seen, and when the cluster is further, stores a fake binlog with the cluster's timestamp.
/// </summary>
internal sealed partial class FakeBinlogLoop(PumpStore store, ITsoSource tso, AnnouncementDemand demand, TimeSpan interval, TimeProvider time, ILogger logger)
{
    /// <summary>Between two answers to Drainers, however many ask: a fake takes a flush, and room in the log.</summary>
    public static readonly TimeSpan LeastSpacing = TimeSpan.FromMilliseconds(10);

    private long? _answeredAt;
    private bool _failed;

    /// <summary>Runs until cancelled. A TSO that can't be reached is reported once and tried again.</summary>
    /// <exception cref="ServiceException">Nothing can be written to the store any more.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval, time);
        Task<bool> tick = timer.WaitForNextTickAsync(cancellationToken).AsTask();
        while (true)
        {
            await Task.WhenAny(tick, demand.Asked);
            if (tick.IsCompleted)
            {
                await tick;
                tick = timer.WaitForNextTickAsync(cancellationToken).AsTask();
                await TryAsync(0, cancellationToken);
            }

            await AnswerAsync(cancellationToken);
        }
    }

    /// <summary>One look, and one fake binlog if it is needed.</summary>
    /// <param name="wanted">Commit TS that some Pump has sent; 0 for none.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <remarks>
    /// What a Drainer has from another Pump has been seen in the cluster, so it may be reported like what this Pump has seen
    /// (docs/decisions/0004-fakes-carry-what-was-seen.md). The fake carries the cluster's answer; an embedded
    /// cluster's is the greatest commit TS that was reported, so whoever takes requests bounds what callers may say.
    /// </remarks>
    public async Task StepAsync(ulong wanted, CancellationToken cancellationToken)
    {
        if (store.WritingFault is { } fault)
        {
            throw new ServiceException($"The Pump's store can't be written any more: {fault.Message} Everything acknowledged is on disk; starting again recovers it.", fault);
        }

        if (store.SortingFault is not null || (wanted > 0 && store.MaxSeenTs >= wanted))
        {
            return;
        }

        ulong timestamp = await tso.ObserveAsync(Math.Max(store.MaxSeenTs, wanted), cancellationToken);
        if (timestamp > store.MaxSeenTs)
        {
            byte[] fake = BinlogPayloads.Fake(timestamp);
            await store.WriteAsync(BinlogHeader.Parse(fake), fake, cancellationToken);
        }
    }

    private async Task AnswerAsync(CancellationToken cancellationToken)
    {
        if (!demand.Asked.IsCompleted)
        {
            return;
        }

        if (_answeredAt is { } last && time.GetElapsedTime(last) is var elapsed && elapsed < LeastSpacing)
        {
            await Task.Delay(LeastSpacing - elapsed, time, cancellationToken);
        }

        if (!demand.TryTake(out ulong wanted, out TaskCompletionSource answer))
        {
            return;
        }

        _answeredAt = time.GetTimestamp();
        try
        {
            if (await TryAsync(wanted, cancellationToken) is { } failure)
            {
                answer.SetException(failure);
            }
            else
            {
                answer.SetResult();
            }
        }
        catch (Exception exception)
        {
            answer.TrySetException(exception);
            throw;
        }
        finally
        {
            // A caller that has gone away looks at it no more.
            _ = answer.Task.Exception;
        }
    }

    private async Task<Exception?> TryAsync(ulong wanted, CancellationToken cancellationToken)
    {
        try
        {
            await StepAsync(wanted, cancellationToken);
            _failed = false;
            return null;
        }
        catch (Exception exception) when (exception is ClusterException or DiskFullException)
        {
            if (!_failed)
            {
                LogFailed(exception.Message);
            }

            _failed = true;
            return exception;
        }
    }

    [LoggerMessage(EventIds.PumpFakeFailed, LogLevel.Warning, "No fake binlog could be written; while this Pump is idle, Drainers wait for it: {Reason}")]
    private partial void LogFailed(string reason);
}
