using Binlog.MySql.Tests.RealServer;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.MariaDb;

[assembly: AssemblyFixture(typeof(SharedMariaDb))]

namespace Binlog.MySql.Tests.RealServer;

/// <summary>One server for the tests that don't kill theirs. Its default character set is latin1, so that every test also
/// shows that this library doesn't depend on it.</summary>
public sealed class SharedMariaDb : IAsyncLifetime
{
    private MariaDbServer? _server;

    public MariaDbServer Server
    {
        get
        {
            Capability.RequireMariaDb();
            return _server!;
        }
    }

    public MySqlConnectionOptions Options => OptionsFor(Server);

    public static MySqlConnectionOptions OptionsFor(MariaDbServer server) => new()
    {
        Host = server.Host,
        Port = server.Port,
        User = "root",
        Password = server.RootPassword,
        Tls = MySqlTlsMode.Disabled,
    };

    public async ValueTask InitializeAsync()
    {
        if (MariaDbServer.IsAvailable(out _))
        {
            _server = await MariaDbServer.StartAsync(new MariaDbOptions
            {
                Arguments = ["--character-set-server=latin1", "--collation-server=latin1_swedish_ci", "--plugin-load-add=auth_ed25519"],
                InitStatements = ["CREATE DATABASE IF NOT EXISTS test;"],
            });
        }
    }

    /// <summary>Opens a connection to the database <c>test</c>.</summary>
    public Task<MySqlConnection> OpenAsync(Func<MySqlConnectionOptions, MySqlConnectionOptions>? change = null)
    {
        var options = Options with { Database = "test" };
        return MySqlConnection.OpenAsync(change is null ? options : change(options), TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
