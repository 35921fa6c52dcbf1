using System.Globalization;
using Binlog.MySql;
using Binlog.Service.Downstream.Outside;

namespace Binlog.Service.Downstream.MySql;

/// <summary>
/// The checkpoint of a target in which nothing of ours may be. It can't move in the data's transaction, so it notes before a COMMIT how far that may bring the target, and
/// after it that it did. Between the two at most one transaction is in doubt, and whoever finds it so applies it again as one.
/// </summary>
/// <remarks>One caller at a time, as for the base. Each write of the place is refused once another Drainer has taken it.</remarks>
internal sealed class OutsideMySqlCheckpoint(MySqlTargetOptions options, ICheckpointPlace place) : MySqlCheckpoint(options)
{
    private readonly MySqlTargetOptions _options = options;
    private OutsideCheckpoint? _known;

    /// <inheritdoc/>
    public override bool IsOutside => true;

    /// <inheritdoc/>
    public override bool IsInDoubtAsAWhole => _known is { IsInDoubtAsAWhole: true };

    private OutsideCheckpoint Known => _known ?? throw new InvalidOperationException("The checkpoint was not taken, or was never begun.");

    /// <inheritdoc/>
    public override async Task<(ulong Epoch, string Holder, ulong CommitTs)?> PeekAsync(MySqlSession session, CancellationToken cancellationToken) =>
        await place.PeekAsync(cancellationToken).ConfigureAwait(false) is { } found ? (found.Epoch, found.Holder, found.Checkpoint.CommitTs) : null;

    /// <inheritdoc/>
    public override async Task TakeAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        _known = await place.TakeAsync(_options.Claim, cancellationToken).ConfigureAwait(false);
        HasRow = _known is not null;
        if (_known is not null)
        {
            Current = _known.Checkpoint;
            Intent = _known.Intent;
            AnyUpTo = _known.InDoubtUpTo;
        }
        else if (await FindInTargetAsync(session, cancellationToken).ConfigureAwait(false) is { } commitTs)
        {
            throw new TargetException(
                string.Create(CultureInfo.InvariantCulture, $"{session.Name} holds a checkpoint of its own, at commit TS {commitTs}, and {place.Name} has none: this target was replicated into with drainer.checkpoint.type \"target\". Beginning elsewhere would make changes twice; nothing was applied. Go back to \"target\"; or go on outside of it from there: end the Drainer in order with \"target\", note the commit TS, DELETE FROM `tidb_binlog`.`binlogd_checkpoint` WHERE `cluster_id`={_options.ClusterId}, move the relay directory away, and set drainer.initialCommitTs to that commit TS and drainer.checkpoint.takeOver to false."),
                isTransient: false);
        }
    }

    /// <inheritdoc/>
    public override Task EnsureRowAsync(MySqlConnection connection, CancellationToken cancellationToken) =>
        HasRow ? Task.CompletedTask : throw new InvalidOperationException("A target begins with its first checkpoint.");

    /// <inheritdoc/>
    public override async Task BeginAsync(MySqlSession session, Checkpoint first, ulong anyUpTo, CancellationToken cancellationToken)
    {
        await WriteAsync(new OutsideCheckpoint { ClusterId = _options.ClusterId, Target = session.Name, Epoch = 1, Holder = _options.Claim.Holder, Checkpoint = first, InDoubtUpTo = anyUpTo }, cancellationToken).ConfigureAwait(false);
        HasRow = true;
        AnyUpTo = anyUpTo;
        _options.Claim.Took(1);
        Moved(first);
    }

    /// <inheritdoc/>
    public override async Task<OriginalCheckpoint?> FindOriginalAsync(MySqlSession session, CancellationToken cancellationToken) =>
        await place.FindOriginalAsync(cancellationToken).ConfigureAwait(false) ?? await base.FindOriginalAsync(session, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public override string? MoveInTransaction(Checkpoint to) => null;

    /// <inheritdoc/>
    /// <remarks>
    /// What another program may have done in parts goes beyond a transaction, and stays in doubt until it is passed. A group that passes it begins behind it, so all that is
    /// in doubt then is that group.
    /// </remarks>
    public override Task ConfirmAsync(MySqlSession session, MySqlOk moved, Checkpoint to, bool hasRows, CancellationToken cancellationToken) => !hasRows || to.CommitTs <= Known.InDoubtUpTo
        ? Task.CompletedTask
        : WriteAsync(Known with { Target = session.Name, InDoubtUpTo = to.CommitTs, IsInDoubtAsAWhole = true }, cancellationToken);

    /// <inheritdoc/>
    public override async Task CommittedAsync(Checkpoint to, CancellationToken cancellationToken)
    {
        bool isPassed = Known.InDoubtUpTo <= to.CommitTs;
        await WriteAsync(Known with { Checkpoint = to, InDoubtUpTo = isPassed ? 0 : Known.InDoubtUpTo, IsInDoubtAsAWhole = !isPassed && Known.IsInDoubtAsAWhole, Intent = null, Statement = null }, cancellationToken).ConfigureAwait(false);
        Moved(to);
    }

    /// <inheritdoc/>
    public override async Task IntendAsync(MySqlSession session, DdlIntent intent, string statement, CancellationToken cancellationToken)
    {
        await WriteAsync(Known with { Target = session.Name, Intent = intent, Statement = statement }, cancellationToken).ConfigureAwait(false);
        Intent = intent;
    }

    /// <inheritdoc/>
    public override Task TakeBackAsync(MySqlSession session, CancellationToken cancellationToken) => WriteAsync(Known with { Intent = null, Statement = null }, cancellationToken);

    /// <inheritdoc/>
    public override string SkipAdvice(Checkpoint to) => place.SkipAdvice(to);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => place.DisposeAsync();

    /// <summary>Commit TS of the target's own checkpoint, of whatever format; null when it has none.</summary>
    private async Task<string?> FindInTargetAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        try
        {
            return await session.Connection.QueryScalarAsync(Table.SelectCommitTs, cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error) when (MySqlErrors.IsAbsent(error) || MySqlErrors.IsDenied(error))
        {
            // A user who may not read it never wrote one.
            return null;
        }
        finally
        {
            await session.RollBackAsync().ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(OutsideCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        await place.WriteAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        _known = checkpoint;
    }
}
