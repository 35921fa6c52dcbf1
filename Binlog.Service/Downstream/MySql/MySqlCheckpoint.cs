using System.Globalization;
using Binlog.MySql;
using Binlog.Service.Downstream.Claiming;

namespace Binlog.Service.Downstream.MySql;

/// <summary>
/// The checkpoint's row as this Drainer knows it. Each opening takes the next epoch, and the row moves only for the epoch that has it: a Drainer
/// that was taken for dead, or whose COMMIT was on its way, moves nothing any more.
/// </summary>
/// <remarks>One caller at a time: the target's own session, or the worker whose turn to commit it is.</remarks>
internal partial class MySqlCheckpoint(MySqlTargetOptions options)
{
    private ulong _epoch = 1;

    /// <summary>The table.</summary>
    public CheckpointTable Table { get; } = new(options.ClusterId);

    /// <summary>How far the target is.</summary>
    public Checkpoint Current { get; protected set; } = new(0, 0);

    /// <summary>Parts of transactions up to this commit TS may have been applied; not above <see cref="Current"/> when none are in doubt.</summary>
    public ulong PartsUpTo { get; private set; }

    /// <summary>Whether the row is there.</summary>
    public bool HasRow { get; protected set; }

    /// <summary>A schema change that was begun.</summary>
    public DdlIntent? Intent { get; set; }

    /// <summary>Reads the row, makes or renews the table where that is needed, and takes the next epoch.</summary>
    /// <exception cref="TargetException">A newer program made the row.</exception>
    public virtual async Task TakeAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        MySqlConnection connection = session.Connection;
        try
        {
            await ReadAsync(session, cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error) when (MySqlErrors.IsAbsent(error))
        {
            await ExecuteAsync(connection, CheckpointTable.Create, cancellationToken).ConfigureAwait(false);
            await ReadAsync(session, cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error) when (MySqlErrors.IsUnknownColumn(error))
        {
            await RenewTableAsync(session, cancellationToken).ConfigureAwait(false);
            await ReadAsync(session, cancellationToken).ConfigureAwait(false);
        }

        if (HasRow)
        {
            await connection.ExecuteAsync(Table.Take(_epoch + 1, options.Claim.Holder), cancellationToken).ConfigureAwait(false);
            _epoch++;
        }

        await connection.ExecuteAsync("COMMIT", cancellationToken).ConfigureAwait(false);
        options.Claim.Took(HasRow ? _epoch : null);
    }

    /// <summary>Adds the row, in the session's transaction, when there is none.</summary>
    public virtual async Task EnsureRowAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        if (!HasRow)
        {
            await connection.ExecuteAsync(Table.Insert(_epoch, options.Claim.Holder), cancellationToken).ConfigureAwait(false);
            HasRow = true;
            options.Claim.Took(_epoch);
        }
    }

    /// <summary>The statement that moves the row; its answer goes to <see cref="ExpectOwnRowAsync"/>.</summary>
    public string Move(Checkpoint to) => Table.Move(Current.CommitTs, _epoch, to);

    /// <summary>The statement that announces parts; its answer goes to <see cref="ExpectOwnRowAsync"/>.</summary>
    public string Announce(ulong upTo) => Table.Announce(Current.CommitTs, _epoch, upTo);

    /// <summary>
    /// Sees to it, for one of the sessions that apply parts, that no other Drainer has the row, nor takes it before the session's transaction has ended. Any number of
    /// callers at a time, each with a session of its own.
    /// </summary>
    /// <exception cref="TargetException">Another Drainer has it. The session's transaction must not be committed.</exception>
    public async Task HoldEpochAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        string select = Table.SelectEpoch(isShared: session.Dialect.Kind != MySqlServerKind.TiDb);
        string? epoch = await session.Connection.QueryScalarAsync(select, cancellationToken).ConfigureAwait(false);
        if (epoch != _epoch.ToString(CultureInfo.InvariantCulture))
        {
            await ExpectOwnRowAsync(session, default, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The statement that records a DDL statement which is about to be run.</summary>
    public string Intend(DdlIntent intent, string statement) => Table.Intend(Current.CommitTs, _epoch, intent, statement);

    /// <summary>The statement that takes the record back.</summary>
    public string TakeBack() => Table.TakeBack(Current.CommitTs, _epoch);

    /// <summary>Notes a commit.</summary>
    public void Moved(Checkpoint to)
    {
        Current = to;
        Intent = null;
    }

    /// <summary>Whether a checkpoint lies ahead.</summary>
    /// <exception cref="TargetException">It does not.</exception>
    public void ExpectForward(string target, Checkpoint checkpoint)
    {
        if (HasRow && checkpoint.CommitTs <= Current.CommitTs)
        {
            throw new TargetException(
                string.Create(CultureInfo.InvariantCulture, $"{target}: the checkpoint was to move to commit TS {checkpoint.CommitTs}, but the target holds everything up to {Current.CommitTs} already. Nothing has been applied."),
                isTransient: false);
        }
    }

    /// <summary>Sees to it that no transaction passes a schema change that was begun.</summary>
    /// <exception cref="TargetException">One would.</exception>
    public void ExpectNoIntent(string target, ulong commitTs)
    {
        if (Intent is { } intent && commitTs >= intent.CommitTs)
        {
            throw new TargetException(
                string.Create(CultureInfo.InvariantCulture, $"{target}: the schema change at commit TS {intent.CommitTs} (job {intent.JobId}) was begun and may be half done; it must come next, but transactions up to {commitTs} came. The binlog that this Drainer reads is not the one that it read before."),
                isTransient: false);
        }
    }

    /// <summary>Fails when a statement about the row has met none: then another Drainer has it. The session's transaction must not be committed.</summary>
    /// <exception cref="TargetException">The row is another's; the message says whose.</exception>
    public async Task ExpectOwnRowAsync(MySqlSession session, MySqlOk ok, CancellationToken cancellationToken)
    {
        if (ok.AffectedRows == 1)
        {
            return;
        }

        // Its snapshot may be older than the takeover.
        await session.RollBackAsync().ConfigureAwait(false);
        (ulong epoch, string holder, ulong commitTs) = await FindHolderAsync(session.Connection, cancellationToken).ConfigureAwait(false);
        throw epoch != _epoch
            ? TargetClaim.Fenced(session.Name, _epoch, epoch, holder, commitTs)
            : new TargetException(
                string.Create(CultureInfo.InvariantCulture, $"{session.Name}: the checkpoint of cluster {options.ClusterId} is no longer at commit TS {Current.CommitTs}, where this session left it, but at {commitTs}: somebody else writes to this target, or changed the row. Nothing of this transaction has been applied."),
                isTransient: false);
    }

    private static async Task RenewTableAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        await RenewTableAsync(session, CheckpointTable.AddEpoch, cancellationToken).ConfigureAwait(false);
        await RenewTableAsync(session, CheckpointTable.AddParts, cancellationToken).ConfigureAwait(false);
        await RenewTableAsync(session, CheckpointTable.AddAny, cancellationToken).ConfigureAwait(false);
    }

    private static async Task RenewTableAsync(MySqlSession session, IReadOnlyList<string> statements, CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteAsync(session.Connection, statements, cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error) when (MySqlErrors.IsDuplicateColumn(error))
        {
            // The table is newer than that, or the Drainer of another cluster shares it and was faster.
            return;
        }
        catch (MySqlException error) when (MySqlErrors.IsDenied(error))
        {
            throw new TargetException(
                $"{session.Name}: the checkpoint's table is of an older version and this user may not change it ({error.Message.TrimEnd('.')}). Run as a user who may: {string.Join("; ", statements)}; or GRANT ALTER on `{CheckpointTable.Database}` to this user.",
                isTransient: false,
                error);
        }
    }

    private async Task ReadAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        MySqlRowReader row = await session.Connection.QueryAsync(Table.Select, cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            HasRow = await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (!HasRow)
            {
                return;
            }

            (int version, Current, Intent, _epoch, string holder, PartsUpTo, AnyUpTo) = CheckpointTable.Read(row);
            if (version is < 1 or > CheckpointTable.FormatVersion)
            {
                throw new TargetException(
                    string.Create(CultureInfo.InvariantCulture, $"{session.Name}: the checkpoint of cluster {options.ClusterId} has format version {version}; this program knows 1 to {CheckpointTable.FormatVersion}. Use the version that wrote it, or a newer one."),
                    isTransient: false);
            }

            options.Claim.ExpectNotFenced(session.Name, _epoch, holder, Current.CommitTs);
        }
    }

    private async Task<(ulong Epoch, string Holder, ulong CommitTs)> FindHolderAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        MySqlRowReader row = await connection.QueryAsync(Table.SelectHolder, cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            return await row.ReadAsync(cancellationToken).ConfigureAwait(false)
                ? (row.GetUInt64(0), row.GetString(1) ?? "", row.GetUInt64(2))
                : (_epoch, "", 0);
        }
    }

    private static async Task ExecuteAsync(MySqlConnection connection, IReadOnlyList<string> statements, CancellationToken cancellationToken)
    {
        foreach (string statement in statements)
        {
            await connection.ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
        }
    }
}
