using Binlog.Cluster.Pumps.Members;
using Binlog.Cluster.Pumps.Writing;
using Binlog.Cluster.Timestamps;
using Binlog.TiDB.Records;

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
        return DeliverCommitAsync(_outcome.Commit(commitTs), cancellationToken);
    }

    /// <summary>Sends the rollback to the Pump that holds the prewrite, again and again until it has flushed it. A call that fails may be repeated.</summary>
    /// <param name="cancellationToken">Ends the attempt; the rollback may then be stored.</param>
    /// <exception cref="InvalidOperationException">The transaction is decided already, or is being decided.</exception>
    /// <exception cref="PumpWriteException">The Pump did not take it within <see cref="PumpClientOptions.DecisionTimeout"/>.</exception>
    public Task RollbackAsync(CancellationToken cancellationToken) =>
        TryEnter(TransactionPhase.Undecided) || TryEnter(TransactionPhase.RollbackUndelivered) || TryEnter(TransactionPhase.CommitRefused)
            ? DeliverRollbackAsync(_outcome.Rollback(), cancellationToken)
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

    private async Task DeliverCommitAsync(ReadOnlyMemory<byte> commit, CancellationToken cancellationToken)
    {
        TransactionPhase end = TransactionPhase.CommitUndelivered;
        try
        {
            if (_repeated is null)
            {
                await _client.Outcomes.SendAsync(_pump, commit, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                Volatile.Write(ref _pump, await _repeated.CommitAsync(_pump, _commitTs, commit, cancellationToken).ConfigureAwait(false));
            }

            end = TransactionPhase.Committed;
        }
        catch (PumpWriteException exception) when (exception.IsTooLate)
        {
            end = TransactionPhase.CommitRefused;
            throw;
        }
        finally
        {
            Leave(end);
        }
    }

    private async Task DeliverRollbackAsync(ReadOnlyMemory<byte> rollback, CancellationToken cancellationToken)
    {
        TransactionPhase end = TransactionPhase.RollbackUndelivered;
        try
        {
            await _client.Outcomes.SendAsync(_pump, rollback, cancellationToken).ConfigureAwait(false);
            end = TransactionPhase.RolledBack;
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
