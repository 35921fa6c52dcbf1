using System.Globalization;
using Binlog.MySql;
using Binlog.Service.Downstream.MySql.Ddl;
using Binlog.Service.Downstream.MySql.Rows;

namespace Binlog.Service.Downstream.MySql;

/// <summary>
/// Applies to MySQL 5.7 and later, MariaDB and TiDB. Rows and checkpoint share a transaction; a DDL statement, which no
/// transaction can hold, is announced in the checkpoint's row first, so that after a crash it is known whether it took effect.
/// </summary>
/// <remarks>
/// Its own session makes schema changes, and holds a lock of the server for as long as it lives; workers have sessions of their own. When
/// a target is opened it takes the next epoch of the checkpoint's row, with the row locked: what an earlier one had sent is then done, or will be refused.
/// </remarks>
internal sealed partial class MySqlTarget : ITarget
{
    private readonly MySqlTargetOptions _options;
    private readonly MySqlCheckpoint _checkpoint;
    private MySqlSession? _session;
    private RowApplier? _rows;
    private DdlPlanner? _planner;
    private bool _hasFailed;

    /// <summary>Creates the target; <see cref="OpenAsync"/> connects.</summary>
    public MySqlTarget(MySqlTargetOptions options)
    {
        _options = options;
        _checkpoint = new MySqlCheckpoint(options);
        Name = $"MySQL at {MySqlSession.AddressOf(options.Connection)}";
    }

    /// <inheritdoc/>
    public string Name { get; private set; }

    /// <inheritdoc/>
    public int MaxWorkers => int.MaxValue;

    /// <inheritdoc/>
    public bool TakesCondensedBatches => true;

    /// <inheritdoc/>
    public async Task<Checkpoint?> OpenAsync(CancellationToken cancellationToken)
    {
        if (_session is not null)
        {
            throw new InvalidOperationException("The target is open already.");
        }

        string doing = "waiting for the session lock";
        _hasFailed = true;
        _session = await MySqlSession.OpenAsync(_options.Connection, null, cancellationToken).ConfigureAwait(false);
        Name = _session.Name;
        try
        {
            await LockAsync(_session.Connection, cancellationToken).ConfigureAwait(false);
            doing = "reading the checkpoint";

            // Off, not BEGIN: a deadlock ends a transaction, and what is in the pipeline behind it would otherwise be committed one by one.
            await _session.Connection.ExecuteAsync("SET SESSION autocommit=0", cancellationToken).ConfigureAwait(false);
            await _checkpoint.TakeAsync(_session, cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error)
        {
            throw MySqlErrors.Explain(Name, doing, error);
        }

        _rows = new RowApplier(_session, _options.Statements, _options.PipelineBytes);
        _planner = new DdlPlanner(_session.Dialect, Name);
        _hasFailed = false;
        return _checkpoint.HasRow ? _checkpoint.Current : null;
    }

    /// <inheritdoc/>
    public async ValueTask<IApplyWorker> OpenWorkerAsync(CancellationToken cancellationToken)
    {
        MySqlSession main = Usable();
        if (!_checkpoint.HasRow)
        {
            throw new InvalidOperationException("Workers apply to a target that has a checkpoint.");
        }

        MySqlSession session = await MySqlSession.OpenAsync(_options.Connection, main.Dialect, cancellationToken).ConfigureAwait(false);
        try
        {
            await session.Connection.ExecuteAsync("SET SESSION autocommit=0", cancellationToken).ConfigureAwait(false);
            return new MySqlApplyWorker(session, _checkpoint, _options);
        }
        catch (Exception error)
        {
            await session.DisposeAsync().ConfigureAwait(false);
            if (error is MySqlException server)
            {
                throw MySqlErrors.Explain(Name, "setting a worker's session up", server);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_session is not null)
        {
            await _session.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Waits until the session that wrote last, if the server still has it, is gone.</summary>
    private async Task LockAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        string name = SqlText.Quote(_checkpoint.Table.LockName);
        string? answer;
        try
        {
            int seconds = (int)Math.Ceiling(_options.LockTimeout.TotalSeconds);
            answer = await connection.QueryScalarAsync(string.Create(CultureInfo.InvariantCulture, $"SELECT GET_LOCK({name}, {seconds})"), cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error) when (!error.IsConnectionLost && connection.Server.Kind == MySqlServerKind.TiDb)
        {
            // TiDB before 6.2 has no such locks. The epoch still lets only one writer commit.
            return;
        }

        if (answer != "1")
        {
            string? holder = await connection.QueryScalarAsync($"SELECT IS_USED_LOCK({name})", cancellationToken).ConfigureAwait(false);
            throw new TargetException(
                $"{Name}: connection {holder ?? "?"} still holds the lock {_checkpoint.Table.LockName}. It is another Drainer of cluster {_options.ClusterId.ToString(CultureInfo.InvariantCulture)}, or an earlier session of this one that the server has not given up yet (a long statement is still running, or the network failed; the server ends it after 10 minutes). Stop the other Drainer, or KILL that connection.",
                isTransient: true);
        }
    }

    private MySqlSession Usable() => _session is { } session && !_hasFailed
        ? session
        : throw new InvalidOperationException("The target is not open, or has failed; open another one.");

    private Task ReachedAsync(MySqlTargetStep step) => _options.StepReached?.Invoke(step) ?? Task.CompletedTask;
}
