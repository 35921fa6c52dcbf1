using Binlog.Cluster.Pumps.Members;
using Binlog.Cluster.Pumps.Writing;
using Binlog.Cluster.Timestamps;
using Binlog.TiDB.Records;
using Grpc.Core;

namespace Binlog.Cluster.Pumps;

/// <summary>
/// A transaction whose prewrite a Pump has flushed, and whose outcome that Pump waits for: until it comes, no Drainer gets past it. It is decided once. Left
/// undecided, it is rolled back in the background when it is disposed.
/// </summary>
public sealed class PrewrittenTransaction : IAsyncDisposable
{
    private readonly PumpClient _client;
    private readonly OutcomeTemplate _outcome;
    private readonly RepeatedTransaction? _repeated;
    private PumpNode _pump;
    private ulong _commitTs;
    private int _phase = (int)TransactionPhase.Undecided;

    internal PrewrittenTransaction(PumpClient client, ulong startTs, PumpNode pump, OutcomeTemplate outcome, RepeatedTransaction? repeated)
    {
        _client = client;
        StartTs = startTs;
        _pump = pump;
        _outcome = outcome;
        _repeated = repeated;
    }

    /// <summary>Start TS (TSO) of the transaction.</summary>
    public ulong StartTs { get; }

    /// <summary>Node ID of the Pump that holds the prewrite; of a Pump given by its address, the address.</summary>
    public string PumpNodeId => Volatile.Read(ref _pump).NodeId;

    /// <summary>Address of the Pump that holds the prewrite.</summary>
    public string PumpAddress => Volatile.Read(ref _pump).Address;

    /// <summary>
    /// Sends the commit to the Pump that holds the prewrite, again and again until it has flushed it. A call that fails otherwise than by
    /// <see cref="PumpWriteException.IsTooLate"/> may be repeated with the same commit TS.
    /// </summary>
    /// <param name="commitTs">Commit TS (TSO), taken after the prewrite was acknowledged. Above the start TS.</param>
    /// <param name="cancellationToken">Ends the attempt; the commit may then be stored.</param>
    /// <exception cref="ArgumentOutOfRangeException">The commit TS isn't above the start TS, or impossible.</exception>
    /// <exception cref="InvalidOperationException">The transaction is decided already, or is being decided.</exception>
    /// <exception cref="PumpWriteException">
    /// The Pump did not take it within <see cref="PumpClientOptions.DecisionTimeout"/>, or never will (<see cref="PumpWriteException.IsTooLate"/>; then only
    /// <see cref="RollbackAsync"/> is left, which gives the transaction up). The transaction is not in the cluster's binlog unless the Pump learns of the commit otherwise.
    /// </exception>
    public Task CommitAsync(ulong commitTs, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(commitTs, StartTs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(commitTs, TsoLimits.Max);
        if (!TryEnter(TransactionPhase.Undecided) && !(Volatile.Read(ref _commitTs) == commitTs && TryEnter(TransactionPhase.CommitUndelivered)))
        {
            throw Decided("committed");
        }

        _commitTs = commitTs;
        return _repeated is null
            ? DeliverAsync(_outcome.Commit(commitTs), TransactionPhase.Committed, TransactionPhase.CommitUndelivered, cancellationToken)
            : DeliverAgainAsync(_repeated, commitTs, cancellationToken);
    }

    /// <summary>Sends the rollback to the Pump that holds the prewrite, again and again until it has flushed it. A call that fails may be repeated.</summary>
    /// <param name="cancellationToken">Ends the attempt; the rollback may then be stored.</param>
    /// <exception cref="InvalidOperationException">The transaction is decided already, or is being decided.</exception>
    /// <exception cref="PumpWriteException">The Pump did not take it within <see cref="PumpClientOptions.DecisionTimeout"/>.</exception>
    public Task RollbackAsync(CancellationToken cancellationToken) =>
        TryEnter(TransactionPhase.Undecided) || TryEnter(TransactionPhase.RollbackUndelivered) || TryEnter(TransactionPhase.CommitRefused)
            ? DeliverAsync(_outcome.Rollback(), TransactionPhase.RolledBack, TransactionPhase.RollbackUndelivered, cancellationToken)
            : throw Decided("rolled back");

    /// <summary>Rolls back in the background what is still undecided (<see cref="PumpClient.FlushAsync"/> waits for that); else nothing happens. A commit that could not be delivered stays one.</summary>
    public ValueTask DisposeAsync()
    {
        if (TryEnter(TransactionPhase.Undecided))
        {
            Leave(TransactionPhase.RolledBack);
            _client.RollBackLater(_pump, _outcome.Rollback());
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Sends an outcome. The first try is part of this method: it is nearly always the only one, and one asynchronous step costs less than two.</summary>
    private async Task DeliverAsync(ReadOnlyMemory<byte> outcome, TransactionPhase delivered, TransactionPhase undelivered, CancellationToken cancellationToken)
    {
        TransactionPhase end = undelivered;
        try
        {
            PumpWriteException? failure;
            PumpCall call = _pump.Start(outcome, cancellationToken);
            try
            {
                failure = call.End(await call.Response.ConfigureAwait(false));
            }
            catch (RpcException exception)
            {
                failure = call.End(exception, cancellationToken);
            }

            if (failure is not null)
            {
                await _client.Outcomes.RepeatAsync(_pump, outcome, failure, cancellationToken).ConfigureAwait(false);
            }

            end = delivered;
        }
        catch (PumpWriteException exception) when (exception.IsTooLate && delivered == TransactionPhase.Committed)
        {
            end = TransactionPhase.CommitRefused;
            throw;
        }
        finally
        {
            Leave(end);
        }
    }

    private async Task DeliverAgainAsync(RepeatedTransaction repeated, ulong commitTs, CancellationToken cancellationToken)
    {
        TransactionPhase end = TransactionPhase.CommitUndelivered;
        try
        {
            Volatile.Write(ref _pump, await repeated.CommitAsync(_pump, commitTs, _outcome.Commit(commitTs), cancellationToken).ConfigureAwait(false));
            end = TransactionPhase.Committed;
        }
        finally
        {
            Leave(end);
        }
    }

    private bool TryEnter(TransactionPhase from) =>
        Interlocked.CompareExchange(ref _phase, (int)TransactionPhase.Deciding, (int)from) == (int)from;

    private void Leave(TransactionPhase to) => Volatile.Write(ref _phase, (int)to);

    private InvalidOperationException Decided(string wanted)
    {
        string why = (TransactionPhase)Volatile.Read(ref _phase) switch
        {
            TransactionPhase.Committed => $"it is committed at {_commitTs}",
            TransactionPhase.CommitUndelivered => $"its commit at {_commitTs} could not be delivered, and only that commit can be repeated",
            TransactionPhase.CommitRefused => $"the Pump refused its commit at {_commitTs} for good; it can be given up by a rollback",
            TransactionPhase.RolledBack => "it is rolled back",
            TransactionPhase.RollbackUndelivered => "its rollback could not be delivered, and only that can be repeated",
            _ => "it is being decided",
        };
        return new InvalidOperationException($"The transaction of start TS {StartTs} can't be {wanted}: {why}.");
    }
}
