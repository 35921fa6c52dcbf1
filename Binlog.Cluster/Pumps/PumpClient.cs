using System.Collections.Concurrent;
using Binlog.TiDB.Records;

namespace Binlog.Cluster.Pumps;

/// <summary>
/// Writes binlogs as TiDB does: a prewrite to any Pump, round robin, going on to the next one when a Pump fails; its commit
/// or rollback to the Pump that took the prewrite, repeated until that Pump has it. Thread-safe.
/// </summary>
/// <remarks>
/// When a Pump leaves a prewrite unanswered and another one takes it, the first may hold it too, and would wait for its
/// outcome. TiDB leaves that to the Pump, which asks TiKV after ten minutes. Here the client itself tells the first Pump, as
/// soon as it can be reached, that this copy of the prewrite is void (a rollback of the same start TS);
/// <see cref="FlushAsync"/> waits for these messages. A Pump that could not be connected to has nothing of it, and is told nothing.
/// </remarks>
public sealed class PumpClient : IAsyncDisposable
{
    private readonly PumpEndpoint[] _pumps;
    private readonly PumpClientOptions _options;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<Task, byte> _voiding = new();
    private readonly CancellationTokenSource _closing = new();
    private uint _next;

    /// <summary>Prepares a client; connections are opened by the first writes.</summary>
    /// <param name="clusterId">ID of the cluster; Pumps refuse another one.</param>
    /// <param name="addresses"><c>host:port</c> of each Pump, at least one.</param>
    /// <param name="options">Time limits.</param>
    /// <param name="time">Clock for limits and pauses.</param>
    public PumpClient(ulong clusterId, IReadOnlyList<string> addresses, PumpClientOptions options, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfZero(addresses.Count, nameof(addresses));
        _options = options;
        _time = time;
        _pumps = [.. addresses.Select(address => new PumpEndpoint(address, clusterId, time, options.Tls))];
    }

    /// <summary>How many Pumps there are.</summary>
    public int PumpCount => _pumps.Length;

    /// <summary>Sends a prewrite binlog and returns when a Pump has made it durable.</summary>
    /// <param name="startTs">Start TS (TSO) of the transaction.</param>
    /// <param name="payload">A serialized binlog of type prewrite.</param>
    /// <param name="cancellationToken">Ends the attempt; the prewrite may then be stored.</param>
    /// <exception cref="ClusterException">No Pump took it within <see cref="PumpClientOptions.WriteTimeout"/>; the message names each Pump's answer.</exception>
    public async Task<PumpTransaction> PrewriteAsync(ulong startTs, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        long started = _time.GetTimestamp();
        var failures = new Dictionary<PumpEndpoint, PumpWriteException>();
        uint first = _options.Selection == PumpSelection.ByStartTs ? Spread(startTs) : Interlocked.Increment(ref _next);
        uint moves = 0;
        while (true)
        {
            PumpEndpoint pump = _pumps[(first + moves) % (uint)_pumps.Length];
            try
            {
                await pump.WriteAsync(payload, _options.CallTimeout, cancellationToken).ConfigureAwait(false);
                failures.Remove(pump);
                VoidOn(failures, startTs);
                return new PumpTransaction(startTs, pump);
            }
            catch (PumpWriteException exception)
            {
                if (exception.MayBeStored || !failures.TryGetValue(pump, out PumpWriteException? earlier) || !earlier.MayBeStored)
                {
                    failures[pump] = exception;
                }

                TimeSpan elapsed = _time.GetElapsedTime(started);
                bool isOver = elapsed > _options.WriteTimeout && moves + 1 >= _pumps.Length;
                if (isOver || !exception.IsTransient)
                {
                    VoidOn(_options.RollBackFailedPrewrites ? failures : [], startTs);
                    throw new ClusterException(
                        $"No Pump took the prewrite of start TS {startTs} within {_options.WriteTimeout.TotalSeconds:0} s: {string.Join("; ", failures.Values.Select(failure => failure.Message))}",
                        exception);
                }

                moves += (exception.MayBeStored || exception.IsUnreached) && elapsed < _options.FirstPumpPatience ? 0u : 1u;
            }

            await Task.Delay(_options.PrewriteRetryDelay, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sends the commit or rollback binlog of a transaction and returns when the Pump has made it durable.</summary>
    /// <param name="transaction">What <see cref="PrewriteAsync"/> returned.</param>
    /// <param name="payload">A serialized binlog of type commit or rollback with the same start TS.</param>
    /// <param name="cancellationToken">Ends the attempt; the Pump then holds back all later commits until it learns the outcome.</param>
    /// <exception cref="PumpWriteException">The Pump did not take it within <see cref="PumpClientOptions.DecisionTimeout"/>, or never will (<see cref="PumpWriteException.IsTooLate"/>).</exception>
    public Task DecideAsync(PumpTransaction transaction, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        WriteUntilTakenAsync(transaction.Pump, payload, cancellationToken);

    /// <summary>
    /// Takes a transaction whose commit came too late for its Pump to the next one: voids the prewrite here and sends it there. A
    /// transaction that is sent a second time is found that way on the Pump that has it.
    /// </summary>
    /// <param name="transaction">What <see cref="PrewriteAsync"/> or this method returned.</param>
    /// <param name="payload">The prewrite binlog.</param>
    /// <param name="cancellationToken">Ends the attempt; a Pump may then be held up by the prewrite.</param>
    /// <exception cref="ClusterException">One of the two did not answer within <see cref="PumpClientOptions.DecisionTimeout"/>.</exception>
    public async Task<PumpTransaction> MoveAsync(PumpTransaction transaction, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        await VoidAsync(transaction, cancellationToken).ConfigureAwait(false);
        PumpEndpoint next = _pumps[(Array.IndexOf(_pumps, transaction.Pump) + 1) % _pumps.Length];
        await WriteUntilTakenAsync(next, payload, cancellationToken).ConfigureAwait(false);
        return new PumpTransaction(transaction.StartTs, next);
    }

    /// <summary>Tells the Pump that a prewrite has no outcome, so that it holds nothing up.</summary>
    /// <exception cref="ClusterException">The Pump did not answer within <see cref="PumpClientOptions.DecisionTimeout"/>.</exception>
    public Task VoidAsync(PumpTransaction transaction, CancellationToken cancellationToken) =>
        WriteUntilTakenAsync(transaction.Pump, BinlogPayloads.Rollback(transaction.StartTs), cancellationToken);

    /// <summary>Waits until every Pump that may hold a void prewrite has been told so.</summary>
    /// <exception cref="ClusterException">One of them could not be reached in time.</exception>
    public Task FlushAsync() => Task.WhenAll(_voiding.Keys);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_voiding.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (PumpEndpoint pump in _pumps)
        {
            pump.Dispose();
        }

        _closing.Dispose();
    }

    /// <summary>Neighbouring timestamps differ in a few bits only: the product's upper bits spread them.</summary>
    private static uint Spread(ulong startTs) => (uint)(startTs * 0x9E3779B97F4A7C15 >> 40);

    private void VoidOn(Dictionary<PumpEndpoint, PumpWriteException> failures, ulong startTs)
    {
        foreach ((PumpEndpoint pump, PumpWriteException failure) in failures)
        {
            if (failure.MayBeStored)
            {
                Task task = WriteUntilTakenAsync(pump, BinlogPayloads.Rollback(startTs), _closing.Token);
                _voiding.TryAdd(task, 0);
                _ = ForgetWhenDoneAsync(task);
            }
        }
    }

    private async Task ForgetWhenDoneAsync(Task task)
    {
        await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (task.IsCompletedSuccessfully)
        {
            _voiding.TryRemove(task, out _);
        }
    }

    private async Task WriteUntilTakenAsync(PumpEndpoint pump, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        long started = _time.GetTimestamp();
        while (true)
        {
            try
            {
                await pump.WriteAsync(payload, _options.CallTimeout, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (PumpWriteException exception) when (exception.IsTransient && !exception.IsTooLate && _time.GetElapsedTime(started) < _options.DecisionTimeout)
            {
                await Task.Delay(_options.DecisionRetryDelay, _time, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
