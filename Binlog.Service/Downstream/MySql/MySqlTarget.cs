using Binlog.MySql;
using Binlog.Service.Downstream.MySql.Ddl;
using Binlog.Service.Downstream.MySql.Rows;
using Binlog.Service.Downstream.Outside;

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
    private readonly MySqlTargetLock _lock;
    private MySqlSession? _session;
    private RowApplier? _rows;
    private DdlPlanner? _planner;
    private bool _hasFailed;

    /// <summary>Creates the target; <see cref="OpenAsync"/> connects.</summary>
    public MySqlTarget(MySqlTargetOptions options)
    {
        _options = options;
        _checkpoint = options.CheckpointPlace is { } place ? new OutsideMySqlCheckpoint(options, place()) : new MySqlCheckpoint(options);
        _lock = new MySqlTargetLock(options, _checkpoint);
        Name = $"MySQL at {MySqlSession.AddressOf(options.Connection)}";
    }

    /// <inheritdoc/>
    public string Name { get; private set; }

    /// <inheritdoc/>
    public int MaxWorkers => int.MaxValue;

    /// <inheritdoc/>
    public bool TakesCondensedBatches => true;

    /// <inheritdoc/>
    public bool TakesParts => !_checkpoint.IsOutside;

    /// <inheritdoc/>
    public ulong PartsUpTo => _checkpoint.PartsUpTo;

    /// <inheritdoc/>
    public ulong AnyUpTo => _checkpoint.AnyUpTo;

    /// <inheritdoc/>
    public bool IsInDoubtAsAWhole => _checkpoint.IsInDoubtAsAWhole;

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
            await _lock.TakeAsync(_session, cancellationToken).ConfigureAwait(false);
            doing = "reading the checkpoint";

            // Off, not BEGIN: a deadlock ends a transaction, and what is in the pipeline behind it would otherwise be committed one by one.
            await _session.Connection.ExecuteAsync("SET SESSION autocommit=0", cancellationToken).ConfigureAwait(false);
            await _checkpoint.TakeAsync(_session, cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error)
        {
            _options.Claim.Active = null;
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
            await _lock.MarkWorkerAsync(session.Connection, cancellationToken).ConfigureAwait(false);
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
    public async Task BeginAsync(Checkpoint first, ulong anyUpTo, CancellationToken cancellationToken)
    {
        MySqlSession session = Usable();
        try
        {
            await _checkpoint.BeginAsync(session, first, anyUpTo, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await GiveUpAsync(session).ConfigureAwait(false);
            if (error is MySqlException server)
            {
                throw MySqlErrors.Explain(Name, "writing the first checkpoint", server);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<OriginalCheckpoint?> FindOriginalAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _checkpoint.FindOriginalAsync(Usable(), cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error)
        {
            _hasFailed = true;
            throw MySqlErrors.Explain(Name, "looking for the checkpoint of TiDB Binlog", error);
        }
    }

    /// <inheritdoc/>
    public async Task KeepAliveAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Usable().Connection.ExecuteAsync("DO 0", cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error)
        {
            _hasFailed = true;
            throw MySqlErrors.Explain(Name, "keeping the lock of the target", error);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _checkpoint.DisposeAsync().ConfigureAwait(false);
        if (_session is not null)
        {
            await _session.DisposeAsync().ConfigureAwait(false);
        }
    }

    private MySqlSession Usable() => _session is { } session && !_hasFailed
        ? session
        : throw new InvalidOperationException("The target is not open, or has failed; open another one.");

    private Task ReachedAsync(MySqlTargetStep step) => _options.StepReached?.Invoke(step) ?? Task.CompletedTask;
}
