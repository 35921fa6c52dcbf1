using Binlog.Cluster.Pumps.Members;
using Binlog.Cluster.Pumps.Selecting;
using Binlog.TiDB.Records;
using Grpc.Core;

namespace Binlog.Cluster.Pumps.Writing;

/// <summary>
/// Finds a Pump for a prewrite: the strategy's choice among the available ones, at a failure another; when none is left, all that are online; and when the
/// time is over, once more each of these. Thread-safe.
/// </summary>
/// <remarks>
/// Source: TiDB's Pump Client, WriteBinlog and backoffWriteBinlog. It gives up at once when no Pump is available; here the write timeout counts then too,
/// since eleven writers of one short interruption are enough to make a Pump unavailable.
/// </remarks>
internal sealed class PrewriteSender(PumpClient client, PumpMembers members, PendingRollbacks rollbacks, PumpClientOptions options, TimeProvider time)
{
    private readonly IPumpSelector _selector = IPumpSelector.Of(options.Strategy);

    /// <summary>Sends a prewrite until a Pump has acknowledged it.</summary>
    /// <param name="prewrite">The prewrite.</param>
    /// <param name="outcome">What its outcome is made of.</param>
    /// <param name="cancellationToken">Ends the attempt; what a Pump may hold of it is then rolled back.</param>
    /// <exception cref="ClusterException">No Pump took it.</exception>
    public async Task<PrewrittenTransaction> SendAsync(Prewrite prewrite, OutcomeTemplate outcome, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        uint turn = SelectorOf(prewrite).Begin(prewrite.StartTs);
        PumpNode? pump = null;
        PumpWriteException? failure = null;
        if (Candidates(prewrite.IsAgain) is { Length: > 0 } candidates)
        {
            pump = SelectorOf(prewrite).Select(candidates, turn, 0);
            PumpCall call = pump.Start(prewrite.Payload, cancellationToken);
            try
            {
                failure = call.End(await call.Response.ConfigureAwait(false));
            }
            catch (RpcException exception)
            {
                failure = EndFailed(call, exception, pump, prewrite, cancellationToken);
            }
        }

        if (pump is not null && failure is null)
        {
            members.Succeeded(pump);
        }
        else
        {
            pump = await RetryAsync(prewrite, turn, started, pump, failure, cancellationToken).ConfigureAwait(false);
        }

        return client.Prewritten(prewrite, pump, outcome);
    }

    /// <summary>Goes on where the first try failed, or where there was no Pump to try.</summary>
    private async Task<PumpNode> RetryAsync(
        Prewrite prewrite, uint turn, long started, PumpNode? pump, PumpWriteException? failure, CancellationToken cancellationToken)
    {
        var attempts = new PrewriteAttempts();
        try
        {
            while (true)
            {
                TimeSpan elapsed = time.GetElapsedTime(started);
                if (pump is not null && failure is not null)
                {
                    NoteFailure(attempts, pump, failure, prewrite);
                    attempts.Moves += prewrite.IsAgain && (failure.MayBeStored || failure.IsUnreached) && elapsed < options.RepeatPatience ? 0u : 1u;
                }

                if (elapsed > options.WriteTimeout && attempts.Count >= members.Online.Length)
                {
                    return await SendToAnyAsync(prewrite, attempts, cancellationToken).ConfigureAwait(false);
                }

                await Task.Delay(options.PrewriteRetryDelay, time, cancellationToken).ConfigureAwait(false);
                (pump, failure) = (null, null);
                if (Candidates(prewrite.IsAgain) is { Length: > 0 } candidates)
                {
                    pump = SelectorOf(prewrite).Select(candidates, turn, attempts.Moves);
                    failure = await TryAsync(pump, prewrite, cancellationToken).ConfigureAwait(false);
                    if (failure is null)
                    {
                        return Taken(pump, prewrite, attempts);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            Void(attempts, prewrite);
            throw;
        }
    }

    private IPumpSelector SelectorOf(Prewrite prewrite) => prewrite.IsAgain ? HashSelector.Instance : _selector;

    private PumpNode[] Candidates(bool isAgain) =>
        isAgain ? members.Listed
        : members.Available is { Length: > 0 } available ? available
        : members.Online;

    /// <summary>The last round.</summary>
    private async Task<PumpNode> SendToAnyAsync(Prewrite prewrite, PrewriteAttempts attempts, CancellationToken cancellationToken)
    {
        foreach (PumpNode pump in members.Online)
        {
            if (await TryAsync(pump, prewrite, cancellationToken).ConfigureAwait(false) is not { } failure)
            {
                return Taken(pump, prewrite, attempts);
            }

            NoteFailure(attempts, pump, failure, prewrite);
        }

        Void(attempts, prewrite);
        string answers = attempts.Count > 0 ? attempts.Answers : "no Pump is online";
        string problem = client.DiscoveryProblem.Length > 0 ? $" ({client.DiscoveryProblem})" : "";
        throw new ClusterException($"No Pump took the prewrite of start TS {prewrite.StartTs} within {options.WriteTimeout.TotalSeconds:0} s: {answers}{problem}", isTransient: true);
    }

    /// <summary>Asks one Pump; returns its failure, if it is one.</summary>
    private async Task<PumpWriteException?> TryAsync(PumpNode pump, Prewrite prewrite, CancellationToken cancellationToken)
    {
        PumpCall call = pump.Start(prewrite.Payload, cancellationToken);
        try
        {
            return call.End(await call.Response.ConfigureAwait(false));
        }
        catch (RpcException exception)
        {
            return EndFailed(call, exception, pump, prewrite, cancellationToken);
        }
    }

    private PumpWriteException EndFailed(PumpCall call, RpcException exception, PumpNode pump, Prewrite prewrite, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested && !prewrite.IsAgain)
        {
            rollbacks.Begin(pump, prewrite.StartTs);
        }

        return call.End(exception, cancellationToken);
    }

    private PumpNode Taken(PumpNode pump, Prewrite prewrite, PrewriteAttempts attempts)
    {
        members.Succeeded(pump);
        foreach (PumpNode holder in attempts.Holders(pump))
        {
            rollbacks.Begin(holder, prewrite.StartTs);
        }

        return pump;
    }

    /// <summary>Keeps a failure, unless no other Pump can take the binlog either.</summary>
    private void NoteFailure(PrewriteAttempts attempts, PumpNode pump, PumpWriteException failure, Prewrite prewrite)
    {
        members.Failed(pump, failure);
        attempts.Add(pump, failure);
        if (!failure.IsTransient)
        {
            Void(attempts, prewrite);
            throw failure.IsTooLarge
                ? new BinlogTooLargeException($"The binlog data is too large: the Pump at {failure.Address} refuses the prewrite of start TS {prewrite.StartTs}: {failure.Detail}", failure)
                : new ClusterException($"No Pump takes the prewrite of start TS {prewrite.StartTs}: {attempts.Answers}", failure);
        }
    }

    /// <summary>Tells the Pumps that may hold a copy of a prewrite that has failed that it is void. One that will be sent again may be needed there.</summary>
    private void Void(PrewriteAttempts attempts, Prewrite prewrite)
    {
        if (!prewrite.IsAgain)
        {
            foreach (PumpNode holder in attempts.Holders(except: null))
            {
                rollbacks.Begin(holder, prewrite.StartTs);
            }
        }
    }
}
