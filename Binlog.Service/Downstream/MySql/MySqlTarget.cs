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
/// The session holds a lock of the server for as long as it lives. So when a session is opened, nothing that an earlier one had
/// sent is still being carried out: what the checkpoint's row says then is true and stays true.
/// </remarks>
internal sealed partial class MySqlTarget : ITarget
{
    private readonly MySqlTargetOptions _options;
    private readonly CheckpointTable _table;
    private readonly StatementChunk[] _chunks = [new(), new()];
    private MySqlConnection? _connection;
    private RowStatementWriter? _writer;
    private DdlPlanner? _planner;
    private Checkpoint _checkpoint = new(0, 0);
    private DdlIntent? _intent;
    private bool _hasRow;
    private bool _hasFailed;
    private long _maxStatementBytes = long.MaxValue;

    /// <summary>Creates the target; <see cref="OpenAsync"/> connects.</summary>
    public MySqlTarget(MySqlTargetOptions options)
    {
        _options = options;
        _table = new CheckpointTable(options.ClusterId);
        Name = $"MySQL at {Address}";
    }

    /// <inheritdoc/>
    public string Name { get; private set; }

    /// <inheritdoc/>
    public bool TakesCondensedBatches => true;

    private string Address => _options.Connection.UnixSocket ?? string.Create(CultureInfo.InvariantCulture, $"{_options.Connection.Host}:{_options.Connection.Port}");

    /// <inheritdoc/>
    public async Task<Checkpoint?> OpenAsync(CancellationToken cancellationToken)
    {
        if (_connection is not null)
        {
            throw new InvalidOperationException("The target is open already.");
        }

        string doing = "connecting";
        try
        {
            _connection = await MySqlConnection.OpenAsync(_options.Connection, cancellationToken).ConfigureAwait(false);
            doing = "setting the session up";
            MySqlDialect dialect = await SetUpAsync(_connection, cancellationToken).ConfigureAwait(false);
            _writer = new RowStatementWriter(dialect, Name, _options.Statements);
            _planner = new DdlPlanner(dialect, Name);
            doing = "waiting for the session lock";
            await LockAsync(_connection, cancellationToken).ConfigureAwait(false);
            doing = "reading the checkpoint";
            await ReadCheckpointAsync(_connection, cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error)
        {
            _hasFailed = true;
            throw MySqlErrors.Explain(Name, doing, error);
        }
        catch
        {
            _hasFailed = true;
            throw;
        }

        return _hasRow ? _checkpoint : null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<MySqlDialect> SetUpAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        MySqlServerInfo server = connection.Server;
        foreach (string setting in SessionSettings.Required)
        {
            await connection.ExecuteAsync(setting, cancellationToken).ConfigureAwait(false);
        }

        foreach (string setting in SessionSettings.Optional(server.Kind))
        {
            try
            {
                await connection.ExecuteAsync(setting, cancellationToken).ConfigureAwait(false);
            }
            catch (MySqlException error) when (!error.IsConnectionLost)
            {
                continue;
            }
        }

        var collations = new HashSet<string>(StringComparer.Ordinal);
        MySqlRowReader rows = await connection.QueryAsync("SHOW COLLATION WHERE `Charset`='utf8mb4'", cancellationToken).ConfigureAwait(false);
        await using (rows.ConfigureAwait(false))
        {
            while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                collations.Add(rows.GetString(0) ?? "");
            }
        }

        _maxStatementBytes = await connection.QueryScalarAsync<long>("SELECT @@max_allowed_packet", cancellationToken).ConfigureAwait(false) - 1;
        var dialect = new MySqlDialect(server.Kind, VersionOf(server), collations);
        Name = $"{dialect.ProductName} {server.Version} at {Address}";
        return dialect;
    }

    /// <summary>Waits until the session that wrote last, if the server still has it, is gone.</summary>
    private async Task LockAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        string name = SqlText.Quote(_table.LockName);
        string? answer;
        try
        {
            int seconds = (int)Math.Ceiling(_options.LockTimeout.TotalSeconds);
            answer = await connection.QueryScalarAsync(string.Create(CultureInfo.InvariantCulture, $"SELECT GET_LOCK({name}, {seconds})"), cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error) when (!error.IsConnectionLost && connection.Server.Kind == MySqlServerKind.TiDb)
        {
            // TiDB before 6.2 has no such locks. The checkpoint's compare-and-set still lets only one writer commit.
            return;
        }

        if (answer != "1")
        {
            string? holder = await connection.QueryScalarAsync($"SELECT IS_USED_LOCK({name})", cancellationToken).ConfigureAwait(false);
            throw new TargetException(
                $"{Name}: connection {holder ?? "?"} still holds the lock {_table.LockName}. It is another Drainer of cluster {_options.ClusterId.ToString(CultureInfo.InvariantCulture)}, or an earlier session of this one that the server has not given up yet (a long statement is still running, or the network failed; the server ends it after 10 minutes). Stop the other Drainer, or KILL that connection.",
                isTransient: true);
        }
    }

    private async Task ReadCheckpointAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await SelectCheckpointAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error) when (MySqlErrors.IsAbsent(error))
        {
            foreach (string statement in CheckpointTable.Create)
            {
                await connection.ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
            }

            await SelectCheckpointAsync(connection, cancellationToken).ConfigureAwait(false);
        }

        // Off, not BEGIN: a deadlock ends a transaction, and what is in the pipeline behind it would otherwise be committed one by one.
        await connection.ExecuteAsync("COMMIT", cancellationToken).ConfigureAwait(false);
        await connection.ExecuteAsync("SET SESSION autocommit=0", cancellationToken).ConfigureAwait(false);
    }

    private async Task SelectCheckpointAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        MySqlRowReader row = await connection.QueryAsync(_table.Select, cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            _hasRow = await row.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (!_hasRow)
            {
                return;
            }

            (int version, _checkpoint, _intent) = CheckpointTable.Read(row);
            if (version != CheckpointTable.FormatVersion)
            {
                throw new TargetException(
                    string.Create(CultureInfo.InvariantCulture, $"{Name}: the checkpoint of cluster {_options.ClusterId} has format version {version}; this program knows {CheckpointTable.FormatVersion}. Use the version that wrote it, or a newer one."),
                    isTransient: false);
            }
        }
    }

    private static Version VersionOf(MySqlServerInfo server)
    {
        string digits = new([.. server.Version.TakeWhile(c => char.IsAsciiDigit(c) || c == '.')]);
        return Version.TryParse(digits, out Version? version) ? version : new Version(server.Major, server.Minor);
    }

    private MySqlConnection Usable() => _connection is { } connection && !_hasFailed
        ? connection
        : throw new InvalidOperationException("The target is not open, or has failed; open another one.");

    private Task ReachedAsync(MySqlTargetStep step) => _options.StepReached?.Invoke(step) ?? Task.CompletedTask;
}
