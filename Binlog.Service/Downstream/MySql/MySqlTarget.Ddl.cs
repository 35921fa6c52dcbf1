using System.Globalization;
using Binlog.MySql;
using Binlog.Service.Downstream.MySql.Ddl;

namespace Binlog.Service.Downstream.MySql;

/// <content>Schema changes.</content>
internal sealed partial class MySqlTarget
{
    /// <inheritdoc/>
    /// <remarks>
    /// For each statement: fingerprint and statement go into the checkpoint's row, durably; then the statement runs. After the last
    /// one the checkpoint moves and the intent goes. A session that finds an intent compares fingerprints: changed means that the
    /// statement took effect, unchanged that it did not, or that it is one that does no harm twice.
    /// </remarks>
    public async Task ApplySchemaChangeAsync(SchemaChange change, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        MySqlSession session = Usable();
        MySqlConnection connection = session.Connection;
        _checkpoint.ExpectForward(Name, checkpoint);
        if (_checkpoint.Intent is { } intent && intent.CommitTs != change.CommitTs)
        {
            _checkpoint.ExpectNoIntent(Name, change.CommitTs);
        }

        DdlPlan plan = Plan(change, checkpoint);
        _rows!.Forget();
        string doing = string.Create(CultureInfo.InvariantCulture, $"applying the schema change at commit TS {change.CommitTs} (job {change.Job.Id}, {change.Job.Type})");
        try
        {
            await _checkpoint.EnsureRowAsync(connection, cancellationToken).ConfigureAwait(false);
            await RunAsync(session, change, plan, checkpoint, cancellationToken).ConfigureAwait(false);
            await PassAsync(session, checkpoint, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await GiveUpAsync(session).ConfigureAwait(false);
            if (error is MySqlException server)
            {
                throw MySqlErrors.Explain(Name, doing, server);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public async Task SkipSchemaChangeAsync(SchemaChange change, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        MySqlSession session = Usable();
        _checkpoint.ExpectForward(Name, checkpoint);
        if (_checkpoint.Intent is { } intent && intent.CommitTs != change.CommitTs)
        {
            _checkpoint.ExpectNoIntent(Name, change.CommitTs);
        }

        _rows!.Forget();
        try
        {
            await _checkpoint.EnsureRowAsync(session.Connection, cancellationToken).ConfigureAwait(false);
            await PassAsync(session, checkpoint, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await GiveUpAsync(session).ConfigureAwait(false);
            if (error is MySqlException server)
            {
                throw MySqlErrors.Explain(Name, string.Create(CultureInfo.InvariantCulture, $"passing over the schema change at commit TS {change.CommitTs} (job {change.Job.Id}, {change.Job.Type})"), server);
            }

            throw;
        }
    }

    private DdlPlan Plan(SchemaChange change, Checkpoint checkpoint)
    {
        try
        {
            return _planner!.Plan(change);
        }
        catch (TargetException refusal) when (!refusal.IsTransient)
        {
            throw refusal.AsSchemaRefusal(Remedy(checkpoint));
        }
    }

    /// <summary>Moves the checkpoint; the intent goes with it.</summary>
    private async Task PassAsync(MySqlSession session, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        MySqlConnection connection = session.Connection;
        MySqlOk moved = _checkpoint.MoveInTransaction(checkpoint) is { } move ? await connection.ExecuteAsync(move, cancellationToken).ConfigureAwait(false) : default;
        await _checkpoint.ConfirmAsync(session, moved, checkpoint, hasRows: false, cancellationToken).ConfigureAwait(false);
        await CommitAsync(connection, checkpoint, cancellationToken).ConfigureAwait(false);
        await ReachedAsync(MySqlTargetStep.AfterCheckpoint).ConfigureAwait(false);
    }

    private string Remedy(Checkpoint checkpoint) => $"Either remove what stands in its way and start again, or make the change by hand and then run: {_checkpoint.SkipAdvice(checkpoint)}";

    private async Task RunAsync(MySqlSession session, SchemaChange change, DdlPlan plan, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        MySqlConnection connection = session.Connection;
        if (plan.Database is { } database && plan.Statements.Count > 0)
        {
            await connection.ExecuteAsync($"USE {SqlText.Name(database)}", cancellationToken).ConfigureAwait(false);
        }

        int step = 0;
        if (_checkpoint.Intent is { } begun)
        {
            string now = await Fingerprint.OfAsync(connection, plan.Objects, cancellationToken).ConfigureAwait(false);
            step = now == begun.Fingerprint ? begun.Step : begun.Step + 1;
        }

        for (; step < plan.Statements.Count; step++)
        {
            string before = await Fingerprint.OfAsync(connection, plan.Objects, cancellationToken).ConfigureAwait(false);
            var intent = new DdlIntent(change.CommitTs, change.Job.Id, step, before);
            await ReachedAsync(MySqlTargetStep.BeforeIntent).ConfigureAwait(false);
            await _checkpoint.IntendAsync(session, intent, plan.Statements[step], cancellationToken).ConfigureAwait(false);
            await ReachedAsync(MySqlTargetStep.AfterIntent).ConfigureAwait(false);
            await ExecuteAsync(session, plan.Statements[step], change, checkpoint, cancellationToken).ConfigureAwait(false);
            await ReachedAsync(MySqlTargetStep.AfterStatement).ConfigureAwait(false);
        }
    }

    /// <summary>Runs one statement. When the server refuses it, it has had no effect, so the intent is taken back.</summary>
    /// <remarks>With autocommit on: MariaDB's EXCHANGE PARTITION otherwise waits for a lock that its own session's transaction holds.</remarks>
    private async Task ExecuteAsync(MySqlSession session, string statement, SchemaChange change, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        MySqlConnection connection = session.Connection;
        try
        {
            await connection.ExecuteAsync("SET SESSION autocommit=1", cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync("SET SESSION autocommit=0", cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error) when (MySqlErrors.IsDoneAlready(error) && change.CommitTs <= _checkpoint.AnyUpTo)
        {
            // Another program may have made this change before it was replaced.
            await connection.ExecuteAsync("SET SESSION autocommit=0", cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error) when (!error.IsConnectionLost && !error.IsTransient)
        {
            if (_checkpoint.Intent is { Step: 0 })
            {
                await _checkpoint.TakeBackAsync(session, cancellationToken).ConfigureAwait(false);
            }

            TargetException explained = MySqlErrors.Explain(
                Name,
                string.Create(CultureInfo.InvariantCulture, $"running the schema change at commit TS {change.CommitTs} (job {change.Job.Id}, {change.Job.Type})"),
                error);
            throw new TargetException($"{explained.Message} Statement: {SqlText.Excerpt(statement)}.", isTransient: false, error).AsSchemaRefusal(Remedy(checkpoint));
        }
    }
}
