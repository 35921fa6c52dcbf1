using System.Globalization;
using Binlog.MySql;
using Binlog.Service.Configuration;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Bench;

/// <summary>
/// A MySQL, MariaDB or TiDB server that the benchmark may use: nothing but its own database and its own checkpoint row are
/// touched, and both are removed at the end. A lock on the server keeps a second benchmark out.
/// </summary>
internal sealed class MySqlBenchTarget : IBenchTarget
{
    private const string Schema = BenchTable.Database;

    private readonly MySqlConnection _connection;
    private readonly TextWriter _error;

    private MySqlBenchTarget(DownstreamOptions options, MySqlConnection connection, TextWriter error)
    {
        Options = options;
        _connection = connection;
        _error = error;
    }

    /// <inheritdoc />
    public DownstreamOptions Options { get; }

    /// <summary>Connects, refuses when somebody else's tables are in the way, and removes what an earlier run left.</summary>
    /// <param name="options">The server.</param>
    /// <param name="error">Is told when the removal at the end fails.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="StartFailedException">The server can't be reached or used; the message says why.</exception>
    public static async Task<MySqlBenchTarget> OpenAsync(DownstreamOptions options, TextWriter error, CancellationToken cancellationToken)
    {
        MySqlConnection? connection = null;
        try
        {
            connection = await MySqlConnection.OpenAsync(TargetFactory.ConnectionOptions(options), cancellationToken);
            await connection.ExecuteAsync("SET SESSION autocommit=1", cancellationToken);
            await RefuseAsync(connection, options, cancellationToken);
            await RemoveAsync(connection, cancellationToken);
            return new MySqlBenchTarget(options, connection, error);
        }
        catch (Exception exception)
        {
            if (connection is not null)
            {
                await connection.DisposeAsync();
            }

            if (exception is MySqlException)
            {
                throw new StartFailedException($"The target {Name(options)} can't be used: {exception.Message}", exception);
            }

            throw;
        }
    }

    /// <inheritdoc />
    public async Task<long> CountRowsAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await NumberAsync(_connection, $"SELECT COUNT(*) FROM `{Schema}`.`{BenchTable.Table}`", cancellationToken);
        }
        catch (MySqlException exception)
        {
            throw new ServiceException($"The rows in the target {Name(Options)} can't be counted: {exception.Message}", exception);
        }
    }

    /// <inheritdoc />
    public async Task<INewestRow> OpenReaderAsync(CancellationToken cancellationToken)
    {
        try
        {
            MySqlConnection connection = await MySqlConnection.OpenAsync(TargetFactory.ConnectionOptions(Options), cancellationToken);
            var reader = new MySqlNewestRow(connection, Name(Options));
            await connection.ExecuteAsync("SET SESSION autocommit=1", cancellationToken);
            return reader;
        }
        catch (MySqlException exception)
        {
            throw new ServiceException($"The target {Name(Options)} can't be read: {exception.Message}", exception);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        try
        {
            await RemoveAsync(_connection, CancellationToken.None);
        }
        catch (MySqlException exception)
        {
            await _error.WriteLineAsync($"binlogd: the database {Schema} could not be removed from {Name(Options)}; the next run does it. {FatalError.OneLine(exception.Message)}");
        }

        await _connection.DisposeAsync();
    }

    private static async Task RefuseAsync(MySqlConnection connection, DownstreamOptions options, CancellationToken cancellationToken)
    {
        if (await NumberAsync(connection, $"SELECT GET_LOCK('{Schema}', 0)", cancellationToken) != 1)
        {
            throw new StartFailedException($"Another binlogd bench apply uses the target {Name(options)}. Wait until it has ended.");
        }

        long foreign = await NumberAsync(
            connection,
            $"SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA='{Schema}' AND NOT (TABLE_NAME='{BenchTable.Table}' AND TABLE_COMMENT='{BenchTable.Comment}')",
            cancellationToken);
        if (foreign > 0)
        {
            throw new StartFailedException($"The target {Name(options)} has a database {Schema} that the benchmark did not make: it holds {foreign} other tables. The benchmark would drop it; rename or remove it, or take another server.");
        }
    }

    private static async Task RemoveAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync($"DROP DATABASE IF EXISTS `{Schema}`", cancellationToken);
        long hasCheckpoints = await NumberAsync(
            connection,
            $"SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA='{CheckpointTable.Database}' AND TABLE_NAME='{CheckpointTable.Name}'",
            cancellationToken);
        if (hasCheckpoints > 0)
        {
            await connection.ExecuteAsync(
                string.Create(CultureInfo.InvariantCulture, $"DELETE FROM `{CheckpointTable.Database}`.`{CheckpointTable.Name}` WHERE `cluster_id`={BenchSystem.ClusterId}"),
                cancellationToken);
        }
    }

    private static async Task<long> NumberAsync(MySqlConnection connection, string sql, CancellationToken cancellationToken) =>
        long.TryParse(await connection.QueryScalarAsync(sql, cancellationToken), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : 0;

    private static string Name(DownstreamOptions options) => new DownstreamUrl(options).ToString();
}
