using Binlog.Cluster;
using Binlog.Cluster.Pumps;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Bench;

/// <summary>
/// Writers that send transactions to Pumps, each one call after the other: prewrite, acknowledged, commit TS, commit, acknowledged.
/// A writer always finishes its transaction, because a prewrite without an outcome would hold back the Pump's order.
/// </summary>
internal sealed class WriteLoad(PumpClient client, LocalTimestamps timestamps, TimeProvider time)
{
    private readonly Lock _lock = new();
    private LatencyHistogram _latency = new();
    private long _remaining;
    private long _transactions;
    private volatile bool _isStopping;

    /// <summary>Time limits that make a benchmark fail soon instead of waiting for a Pump to come back.</summary>
    private static readonly PumpClientOptions ClientOptions = new()
    {
        WriteTimeout = TimeSpan.FromSeconds(5),
        DecisionTimeout = TimeSpan.FromSeconds(10),
        CloseTimeout = TimeSpan.FromSeconds(1),
    };

    /// <summary>Opens a client for a load.</summary>
    /// <param name="clusterId">ID of the Pumps' cluster.</param>
    /// <param name="pumps">Where the Pumps are.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static Task<PumpClient> OpenClientAsync(ulong clusterId, IEnumerable<HostPort> pumps, TimeProvider time, CancellationToken cancellationToken) =>
        PumpClient.OpenAsync(clusterId, PumpSource.Addresses([.. pumps.Select(pump => pump.ToString())]), ClientOptions, time, cancellationToken);

    /// <summary>Transactions whose commit has been acknowledged.</summary>
    public long Transactions => Interlocked.Read(ref _transactions);

    /// <summary>The greatest commit TS that has been acknowledged; complete when <see cref="RunAsync"/> has ended.</summary>
    public ulong LastCommitTs { get; private set; }

    /// <summary>How long calls took since this was last asked for.</summary>
    public LatencyHistogram TakeLatency() => Interlocked.Exchange(ref _latency, new LatencyHistogram());

    /// <summary>Makes every writer end after its present transaction.</summary>
    public void Stop() => _isStopping = true;

    /// <summary>Runs one writer per source until <see cref="Stop"/>, or until so many transactions are written.</summary>
    /// <param name="sources">What the writers write.</param>
    /// <param name="transactions">How many in all.</param>
    /// <param name="abort">Ends calls in the middle; for Pumps that nobody else uses.</param>
    /// <exception cref="ServiceException">A Pump did not take a binlog; the other writers have ended.</exception>
    public async Task RunAsync(IReadOnlyList<ITransactionSource> sources, long transactions, CancellationToken abort)
    {
        _remaining = transactions;
        try
        {
            await Task.WhenAll(sources.Select(source => Task.Run(() => WriteAsync(source, abort), CancellationToken.None)));
            await client.FlushAsync(abort);
        }
        catch (ClusterException exception)
        {
            throw new ServiceException(exception.Message, exception);
        }
    }

    /// <summary>Writes one transaction.</summary>
    /// <returns>Its commit TS.</returns>
    /// <exception cref="ClusterException">A Pump did not take a binlog.</exception>
    public async Task<ulong> WriteOneAsync(ITransactionSource source, CancellationToken abort)
    {
        ulong startTs = timestamps.Next();
        long started = time.GetTimestamp();
        await using PrewrittenTransaction transaction = await client.Begin(startTs).PrewriteAsync(source.Prewrite(startTs), abort);
        RecordSince(started);

        ulong commitTs = timestamps.Next();
        started = time.GetTimestamp();
        await transaction.CommitAsync(commitTs, abort);
        RecordSince(started);
        Interlocked.Increment(ref _transactions);
        return commitTs;
    }

    private void RecordSince(long started) => Volatile.Read(ref _latency).Record(time.GetElapsedTime(started));

    private async Task WriteAsync(ITransactionSource source, CancellationToken abort)
    {
        ulong last = 0;
        try
        {
            while (!_isStopping && Interlocked.Decrement(ref _remaining) >= 0)
            {
                last = await WriteOneAsync(source, abort);
            }
        }
        catch
        {
            Stop();
            throw;
        }

        lock (_lock)
        {
            LastCommitTs = Math.Max(LastCommitTs, last);
        }
    }
}
