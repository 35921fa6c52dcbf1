using System.Globalization;
using System.Text;
using Binlog.MySql;

namespace Binlog.Service.Downstream.MySql;

/// <summary>A connection to the target whose session is set up as <see cref="SessionSettings"/> says. Not thread-safe.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Dialect">What the server is.</param>
/// <param name="Name">Product, version and address, for messages.</param>
/// <param name="MaxStatementBytes">Largest statement that the server takes.</param>
internal sealed record MySqlSession(MySqlConnection Connection, MySqlDialect Dialect, string Name, long MaxStatementBytes) : IAsyncDisposable
{
    /// <summary>Where the server is: <c>host:port</c>, or its socket.</summary>
    public static string AddressOf(MySqlConnectionOptions options) => options.UnixSocket ?? string.Create(CultureInfo.InvariantCulture, $"{options.Host}:{options.Port}");

    /// <summary>Connects and sets the session up.</summary>
    /// <param name="options">How to connect.</param>
    /// <param name="known">The server's dialect, where another session has found it out.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="TargetException">The server can't be reached or refuses.</exception>
    public static async Task<MySqlSession> OpenAsync(MySqlConnectionOptions options, MySqlDialect? known, CancellationToken cancellationToken)
    {
        MySqlConnection? connection = null;
        string doing = "connecting";
        try
        {
            connection = await MySqlConnection.OpenAsync(options, cancellationToken).ConfigureAwait(false);
            doing = "setting the session up";
            await SetUpAsync(connection, cancellationToken).ConfigureAwait(false);
            await ChooseIsolationAsync(connection, cancellationToken).ConfigureAwait(false);
            MySqlDialect dialect = known ?? await FindDialectAsync(connection, cancellationToken).ConfigureAwait(false);
            long maxBytes = await connection.QueryScalarAsync<long>("SELECT @@max_allowed_packet", cancellationToken).ConfigureAwait(false) - 1;
            return new MySqlSession(connection, dialect, $"{dialect.ProductName} {connection.Server.Version} at {AddressOf(options)}", maxBytes);
        }
        catch (Exception error)
        {
            if (connection is not null)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }

            if (error is MySqlException server)
            {
                throw MySqlErrors.Explain($"MySQL at {AddressOf(options)}", doing, server);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    /// <summary>Ends the transaction, so that its locks don't stand in others' way. A lost connection ends it by itself.</summary>
    public async Task RollBackAsync()
    {
        try
        {
            if (Connection.IsOpen)
            {
                await Connection.ExecuteAsync("ROLLBACK", CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (MySqlException)
        {
            return;
        }
    }

    /// <summary>All in one trip: the first transaction after a start waits for this.</summary>
    private static async Task SetUpAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        MySqlPipeline settings = connection.CreatePipeline();
        foreach (string setting in SessionSettings.Required.Concat(SessionSettings.Optional(connection.Server.Kind)))
        {
            settings.Add(Encoding.UTF8.GetBytes(setting));
        }

        PipelineResult result = await settings.ExecuteAsync(cancellationToken).ConfigureAwait(false);
        if (result.Error is { } error && result.FailedIndex < SessionSettings.Required.Count)
        {
            throw error;
        }
    }

    /// <summary>TiDB keeps to the level that it is tested most with; its locks are on rows anyway.</summary>
    private static async Task ChooseIsolationAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        if (connection.Server.Kind != MySqlServerKind.TiDb && await connection.QueryScalarAsync<long>(SessionSettings.LogsStatements, cancellationToken).ConfigureAwait(false) == 0)
        {
            await connection.ExecuteAsync(SessionSettings.ReadCommitted, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<MySqlDialect> FindDialectAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        var collations = new HashSet<string>(StringComparer.Ordinal);
        MySqlRowReader rows = await connection.QueryAsync("SHOW COLLATION WHERE `Charset`='utf8mb4'", cancellationToken).ConfigureAwait(false);
        await using (rows.ConfigureAwait(false))
        {
            while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                collations.Add(rows.GetString(0) ?? "");
            }
        }

        MySqlServerInfo server = connection.Server;
        return new MySqlDialect(server.Kind, VersionOf(server), collations);
    }

    private static Version VersionOf(MySqlServerInfo server)
    {
        string digits = new([.. server.Version.TakeWhile(c => char.IsAsciiDigit(c) || c == '.')]);
        return Version.TryParse(digits, out Version? version) ? version : new Version(server.Major, server.Minor);
    }
}
