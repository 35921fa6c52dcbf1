using System.Runtime.CompilerServices;
using Binlog.Cluster.Pumps.Members;
using Binlog.Cluster.Pumps.Selecting;

namespace Binlog.Cluster.Pumps.Writing;

/// <summary>
/// Finds a Pump for a prewrite: the strategy's choice among the available ones, at a failure another; when none is left, all that are online; and when the
/// time is over, once more each of these. Thread-safe.
/// </summary>
/// <remarks>
/// Source: TiDB's Pump Client, WriteBinlog and backoffWriteBinlog. It gives up at once when no Pump is available; here the write timeout counts then too,
/// since eleven writers of one short interruption are enough to make a Pump unavailable.
/// </remarks>
internal sealed class PrewriteSender(PumpMembers members, PumpDiscovery discovery, PendingRollbacks rollbacks, PumpClientOptions options, TimeProvider time)
{
    private readonly IPumpSelector _selector = IPumpSelector.Of(options.Strategy);

    /// <summary>Sends a prewrite; returns the Pump that has acknowledged it.</summary>
    /// <param name="startTs">Its start TS.</param>
    /// <param name="payload">The binlog.</param>
    /// <param name="isAgain">Whether it may have been sent before: it keeps to the Pump of its start TS, and isn't rolled back when it fails.</param>
    /// <param name="cancellationToken">Ends the attempt; what a Pump may hold of it is then rolled back too.</param>
    /// <exception cref="ClusterException">No Pump took it.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<PumpNode> SendAsync(ulong startTs, ReadOnlyMemory<byte> payload, bool isAgain, CancellationToken cancellationToken)
    {
        IPumpSelector selector = isAgain ? HashSelector.Instance : _selector;
        uint turn = selector.Begin(startTs);
        long started = time.GetTimestamp();
        PrewriteAttempts? attempts = null;
        try
        {
            while (true)
            {
                PumpNode[] candidates = Candidates(isAgain);
                if (candidates.Length > 0)
                {
                    PumpNode pump = selector.Select(candidates, turn, attempts?.Moves ?? 0);
                    if (await TryAsync(pump, startTs, payload, isAgain, cancellationToken).ConfigureAwait(false) is not { } failure)
                    {
                        return Taken(pump, startTs, attempts);
                    }

                    attempts ??= new PrewriteAttempts();
                    NoteFailure(attempts, pump, failure, startTs, isAgain);
                    attempts.Moves += isAgain && (failure.MayBeStored || failure.IsUnreached) && time.GetElapsedTime(started) < options.RepeatPatience ? 0u : 1u;
                }

                if (time.GetElapsedTime(started) > options.WriteTimeout && (attempts is null || attempts.Count >= members.Online.Length))
                {
                    attempts ??= new PrewriteAttempts();
                    return await SendToAnyAsync(startTs, payload, isAgain, attempts, cancellationToken).ConfigureAwait(false);
                }

                await Task.Delay(options.PrewriteRetryDelay, time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (attempts is not null)
        {
            Void(attempts, null, startTs, isAgain);
            throw;
        }
    }

    private PumpNode[] Candidates(bool isAgain) =>
        isAgain ? members.Listed
        : members.Available is { Length: > 0 } available ? available
        : members.Online;

    /// <summary>The last round.</summary>
    private async Task<PumpNode> SendToAnyAsync(ulong startTs, ReadOnlyMemory<byte> payload, bool isAgain, PrewriteAttempts attempts, CancellationToken cancellationToken)
    {
        foreach (PumpNode pump in members.Online)
        {
            if (await TryAsync(pump, startTs, payload, isAgain, cancellationToken).ConfigureAwait(false) is not { } failure)
            {
                return Taken(pump, startTs, attempts);
            }

            NoteFailure(attempts, pump, failure, startTs, isAgain);
        }

        Void(attempts, null, startTs, isAgain);
        string answers = attempts.Count > 0 ? attempts.Answers : "no Pump is online";
        throw new ClusterException(
            $"No Pump took the prewrite of start TS {startTs} within {options.WriteTimeout.TotalSeconds:0} s: {answers}{(discovery.Problem.Length > 0 ? $" ({discovery.Problem})" : "")}",
            isTransient: true);
    }

    /// <summary>Asks one Pump; returns its failure, if it is one.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<PumpWriteException?> TryAsync(PumpNode pump, ulong startTs, ReadOnlyMemory<byte> payload, bool isAgain, CancellationToken cancellationToken)
    {
        try
        {
            await pump.WriteAsync(payload, cancellationToken).ConfigureAwait(false);
            members.Succeeded(pump);
            return null;
        }
        catch (PumpWriteException exception)
        {
            members.Failed(pump, exception);
            return exception;
        }
        catch (OperationCanceledException) when (!isAgain)
        {
            rollbacks.Begin(pump, startTs);
            throw;
        }
    }

    private PumpNode Taken(PumpNode pump, ulong startTs, PrewriteAttempts? attempts)
    {
        if (attempts is not null)
        {
            Void(attempts, pump, startTs, isAgain: false);
        }

        return pump;
    }

    /// <summary>Keeps a failure, unless no other Pump can take the binlog either.</summary>
    private void NoteFailure(PrewriteAttempts attempts, PumpNode pump, PumpWriteException failure, ulong startTs, bool isAgain)
    {
        attempts.Add(pump, failure);
        if (!failure.IsTransient)
        {
            Void(attempts, null, startTs, isAgain);
            throw failure.IsTooLarge
                ? new BinlogTooLargeException($"The binlog data is too large: the Pump at {failure.Address} refuses the prewrite of start TS {startTs}: {failure.Detail}", failure)
                : new ClusterException($"No Pump takes the prewrite of start TS {startTs}: {attempts.Answers}", failure);
        }
    }

    /// <summary>Tells the Pumps that may hold a copy that it is void. One that will be sent again may be needed there.</summary>
    private void Void(PrewriteAttempts attempts, PumpNode? taker, ulong startTs, bool isAgain)
    {
        if (!isAgain)
        {
            foreach (PumpNode holder in attempts.Holders(taker))
            {
                rollbacks.Begin(holder, startTs);
            }
        }
    }
}
