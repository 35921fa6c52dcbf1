using Binlog.Cluster.Timestamps;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Drainer.Schema;

namespace Binlog.Service.Drainer;

/// <summary>
/// Decides after which commit TS a starting Drainer pulls. The target's checkpoint says what is applied, the relay log what is
/// safe on this machine; without either, the configuration says where to begin, and both are told.
/// </summary>
internal sealed class StartPosition(Applier applier, Relay relay, RelayWriter writer, ISchemaHistory history, ITsoSource tso, long initialCommitTs)
{
    /// <summary>Finds what TiDB Binlog's Drainer left; null when that is not to be gone on from.</summary>
    public OriginalTakeover? Originals { get; init; }

    /// <summary>Returns the commit TS after which to pull.</summary>
    /// <exception cref="DrainerException">Target and relay log don't belong together.</exception>
    public async Task<ulong> DecideAsync(CancellationToken cancellationToken)
    {
        Checkpoint? checkpoint = await applier.ReadCheckpointAsync(cancellationToken);
        if (checkpoint is null)
        {
            (Checkpoint first, ulong anyUpTo) = await FirstCheckpointAsync(cancellationToken);
            checkpoint = await applier.WriteFirstCheckpointAsync(first, anyUpTo, cancellationToken);
        }

        if (relay.LastCommitTs is { } last && last >= checkpoint.CommitTs)
        {
            return last;
        }

        if (relay.LastCommitTs != checkpoint.CommitTs)
        {
            await writer.StartAtAsync(checkpoint.CommitTs, cancellationToken);
        }

        return checkpoint.CommitTs;
    }

    /// <summary>Where a target without a checkpoint begins, so that the relay log fills it; null when the relay log never had a record.</summary>
    /// <exception cref="DrainerException">The relay log no longer has its beginning.</exception>
    public static async Task<Checkpoint?> FindBeginningAsync(Relay relay, ISchemaHistory history, CancellationToken cancellationToken)
    {
        if (relay.CompleteAfter is { } completeAfter)
        {
            return relay.HasBeginning
                ? await CheckpointAtAsync(history, completeAfter, cancellationToken)
                : throw new DrainerException(
                    $"The target has no checkpoint, and the relay log in {relay.Directory} begins only after commit TS {completeAfter}: what came before is missing. "
                    + "If this target is a new one, move the relay directory away, so that the Drainer begins at drainer.initialCommitTs; if it was emptied by mistake, restore it.");
        }

        return null;
    }

    /// <summary>A relay log from its beginning comes first: this Drainer began with it. Then what the original left, whatever is configured for a target without anything.</summary>
    private async Task<(Checkpoint First, ulong AnyUpTo)> FirstCheckpointAsync(CancellationToken cancellationToken)
    {
        if (await FindBeginningAsync(relay, history, cancellationToken) is { } beginning)
        {
            return (beginning, 0);
        }

        if (Originals is not null && await Originals.FindAsync(initialCommitTs, cancellationToken) is { } original)
        {
            return (await CheckpointAtAsync(history, original.CommitTs, cancellationToken), original.AnyUpTo);
        }

        ulong commitTs = initialCommitTs >= 0 ? (ulong)initialCommitTs : await tso.ObserveAsync(0, cancellationToken);
        return (await CheckpointAtAsync(history, commitTs, cancellationToken), 0);
    }

    private static async Task<Checkpoint> CheckpointAtAsync(ISchemaHistory history, ulong commitTs, CancellationToken cancellationToken) =>
        new(commitTs, await SchemaTracker.VersionAtAsync(history, commitTs, cancellationToken));
}
