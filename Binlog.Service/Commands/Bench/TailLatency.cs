using System.Collections.Concurrent;
using Binlog.Cluster;
using Binlog.Cluster.Pumps;
using Binlog.Service.Configuration;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Hosting;
using Grpc.Core;

namespace Binlog.Service.Commands.Bench;

/// <summary>One writer and one puller of the same Pump: how long each transaction takes from the sending of its commit to its arrival at the puller.</summary>
internal sealed class TailLatency(HostPort pump, ulong clusterId, LocalTimestamps timestamps, TimeProvider time)
{
    private readonly ConcurrentDictionary<ulong, long> _sentAt = new();
    private LatencyHistogram _latency = new();
    private long _arrived;

    /// <summary>Transactions that the puller has got.</summary>
    public long Arrived => Interlocked.Read(ref _arrived);

    /// <summary>The latencies since this was last asked for.</summary>
    public LatencyHistogram TakeLatency() => Interlocked.Exchange(ref _latency, new LatencyHistogram());

    /// <summary>Pulls everything above a commit TS until cancelled.</summary>
    /// <exception cref="ServiceException">The pull was refused or ended.</exception>
    public async Task PullAsync(ulong after, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (PulledBinlog binlog in new GrpcBinlogPuller(pump.ToString(), clusterId, compress: false, memory: null).PullAsync(after, () => { }, cancellationToken))
            {
                if (_sentAt.TryRemove(binlog.CommitTs, out long sentAt))
                {
                    Volatile.Read(ref _latency).Record(time.GetElapsedTime(sentAt));
                    Interlocked.Increment(ref _arrived);
                }
            }
        }
        catch (Exception exception) when (exception is RpcException or OperationCanceledException && cancellationToken.IsCancellationRequested)
        {
            return;
        }
        catch (RpcException exception)
        {
            throw new ServiceException($"The Pump at {pump} ended the pull: {exception.StatusCode}, {exception.Status.Detail.TrimEnd('.')}. Check the address and --cluster-id.", exception);
        }

        throw new ServiceException($"The Pump at {pump} ended the pull.");
    }

    /// <summary>Writes transactions of 297 bytes at a steady pace until cancelled; the last one is finished.</summary>
    /// <exception cref="ServiceException">The Pump did not take a binlog.</exception>
    public async Task WriteAsync(PumpClient client, int perSecond, CancellationToken stop)
    {
        var source = new SizedTransactionSource(BenchWriteOptions.DefaultSizeBytes, 1);
        long started = time.GetTimestamp();
        long written = 0;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                ulong startTs = timestamps.Next();
                await using PrewrittenTransaction transaction = await client.Begin(startTs).PrewriteAsync(source.Prewrite(startTs), CancellationToken.None);
                ulong commitTs = timestamps.Next();
                _sentAt[commitTs] = time.GetTimestamp();
                await transaction.CommitAsync(commitTs, CancellationToken.None);

                // By the clock, not by a timer's ticks: a system's timer may be coarser than the pace, and what it sleeps too long is caught up.
                TimeSpan ahead = TimeSpan.FromSeconds(++written / (double)perSecond) - time.GetElapsedTime(started);
                if (ahead > TimeSpan.Zero)
                {
                    await Task.Delay(ahead, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }
        catch (ClusterException exception)
        {
            throw new ServiceException(exception.Message, exception);
        }
    }
}
