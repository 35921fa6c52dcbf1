using Binlog.MySql;
using Binlog.Service.Downstream.MySql;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.MariaDb;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>
/// A MariaDB whose defaults are all unlike what this target needs, shared by the tests of a class: nothing may depend on them.
/// </summary>
public sealed class MySqlTestServer : IAsyncLifetime
{
    private static readonly string[] UnusualDefaults =
    [
        "--character-set-server=latin1", "--collation-server=latin1_swedish_ci", "--sql-mode=ANSI_QUOTES,NO_BACKSLASH_ESCAPES,NO_ZERO_DATE,NO_ZERO_IN_DATE,PIPES_AS_CONCAT",
        "--default-time-zone=+05:30", "--explicit-defaults-for-timestamp=OFF", "--default-storage-engine=MyISAM", "--autocommit=0",
        "--transaction-isolation=READ-UNCOMMITTED", "--sql-safe-updates=ON",
    ];

    private MariaDbServer? _server;

    internal MariaDbServer Server => _server ?? throw new InvalidOperationException("The server is not there.");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (MariaDbServer.IsAvailable(out _))
        {
            _server = await MariaDbServer.StartAsync(new MariaDbOptions { Arguments = UnusualDefaults });
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? default;

    /// <summary>Skips the running test without a server.</summary>
    internal MySqlTargetOptions Options(ulong clusterId = 1)
    {
        Capability.RequireMariaDb();
        return new MySqlTargetOptions { Connection = ConnectionOptions, ClusterId = clusterId };
    }

    internal MySqlConnectionOptions ConnectionOptions => new() { Host = Server.Host, Port = Server.Port, User = "root", Password = Server.RootPassword };

    /// <summary>A plain connection for looking at what the target did.</summary>
    internal async Task<MySqlConnection> ConnectAsync()
    {
        MySqlConnection connection = await MySqlConnection.OpenAsync(ConnectionOptions, default);
        await connection.ExecuteAsync("SET SESSION autocommit=1, time_zone='+00:00', sql_mode='NO_AUTO_VALUE_ON_ZERO', foreign_key_checks=0, sql_safe_updates=0", default);
        await connection.ExecuteAsync("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", default);
        return connection;
    }

    /// <summary>Removes every database that tests made, and the checkpoints.</summary>
    internal async Task<MySqlConnection> EmptyAsync()
    {
        Capability.RequireMariaDb();
        MySqlConnection connection = await ConnectAsync();
        foreach (string schema in await connection.RowsAsync("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ('mysql','sys','information_schema','performance_schema')"))
        {
            await connection.ExecuteAsync($"DROP DATABASE {SqlText.Name(schema)}", default);
        }

        return connection;
    }
}
