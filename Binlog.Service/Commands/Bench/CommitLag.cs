using System.Threading.Channels;
using Binlog.Cluster;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Bench;

/// <summary>One writer of rows, and one reader of the target that waits for them: how long each takes from its commit's acknowledgement until it is seen.</summary>
internal sealed class CommitLag(WriteLoad load, INewestRow reader, TimeProvider time)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(60);

    private readonly RowMixSource _source = new(0, 1, isInsertOnly: true);

    /// <summary>The same moments in every run.</summary>
    private readonly Random _random = new(1);

    private LatencyHistogram _lags = new();
    private long _bytesTaken;

    /// <summary>The lags since this was last asked for.</summary>
    public LatencyHistogram TakeLags()
    {
        LatencyHistogram lags = _lags;
        _lags = new LatencyHistogram();
        _bytesTaken = _source.Bytes;
        return lags;
    }

    /// <summary>Bytes of the binlogs since <see cref="TakeLags"/>.</summary>
    public long TakeBytes() => _source.Bytes - _bytesTaken;

    /// <summary>Writes for so long, and returns when the last row has been seen.</summary>
    /// <param name="perSecond">Transactions per second, on average.</param>
    /// <param name="duration">How long to write.</param>
    /// <param name="cancellationToken">Ends everything.</param>
    /// <returns>Transactions written.</returns>
    /// <exception cref="ServiceException">The Pump did not take a binlog, or a row does not come.</exception>
    public async Task<long> RunAsync(int perSecond, TimeSpan duration, CancellationToken cancellationToken)
    {
        var acknowledged = Channel.CreateUnbounded<(long Id, long At)>();
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<long> writing = WriteAsync(acknowledged.Writer, perSecond, duration, failed.Token);
        Task watching = WatchAsync(acknowledged.Reader, failed.Token);
        try
        {
            await await Task.WhenAny(writing, watching);
            await watching;
            return await writing;
        }
        finally
        {
            await failed.CancelAsync();
            await Task.WhenAll(writing, watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>At irregular times: what happens at regular ones, as fake binlogs do, would otherwise always be met at the same moment.</summary>
    private async Task<long> WriteAsync(ChannelWriter<(long Id, long At)> acknowledged, int perSecond, TimeSpan duration, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        long written = 0;
        try
        {
            TimeSpan next = TimeSpan.Zero;
            while (true)
            {
                next += (_random.NextDouble() + 0.5) / perSecond * TimeSpan.FromSeconds(1);
                if (next >= duration)
                {
                    return written;
                }

                TimeSpan ahead = next - time.GetElapsedTime(started);
                if (ahead > TimeSpan.Zero)
                {
                    await Task.Delay(ahead, time, cancellationToken);
                }

                // Never ended in the middle: a prewrite without an outcome would hold back the Pump's order.
                await load.WriteOneAsync(_source, CancellationToken.None);
                acknowledged.TryWrite((_source.Rows, time.GetTimestamp()));
                written++;
            }
        }
        catch (ClusterException exception)
        {
            throw new ServiceException(exception.Message, exception);
        }
        finally
        {
            acknowledged.Complete();
        }
    }

    private async Task WatchAsync(ChannelReader<(long Id, long At)> acknowledged, CancellationToken cancellationToken)
    {
        while (await acknowledged.WaitToReadAsync(cancellationToken))
        {
            while (acknowledged.TryPeek(out (long Id, long At) waited))
            {
                long newest = await reader.ReadIdAsync(cancellationToken);
                if (waited.Id <= newest)
                {
                    TakeUpTo(newest, acknowledged);
                    continue;
                }

                if (time.GetElapsedTime(waited.At) > StallTimeout)
                {
                    throw new ServiceException($"The row {waited.Id} was committed {StallTimeout.TotalSeconds:0} s ago and is not in the target, whose newest row is {newest}.");
                }

                await Task.Delay(PollInterval, time, cancellationToken);
            }
        }
    }

    private void TakeUpTo(long newest, ChannelReader<(long Id, long At)> acknowledged)
    {
        long now = time.GetTimestamp();
        while (acknowledged.TryPeek(out (long Id, long At) waited) && waited.Id <= newest)
        {
            acknowledged.TryRead(out _);
            _lags.Record(time.GetElapsedTime(waited.At, now));
        }
    }
}
