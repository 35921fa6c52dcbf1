namespace Binlog.MySql.Tests.RealServer;

public class LoginTests(SharedMariaDb mariaDb)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("native", "mysql_native_password USING PASSWORD('n ä')", "n ä")]
    [InlineData("native_empty", "mysql_native_password USING ''", "")]
    [InlineData("ed", "ed25519 USING PASSWORD('e ä')", "e ä")]
    [InlineData("ed_long", "ed25519 USING PASSWORD('a password that is longer than the thirty-two bytes of a seed')", "a password that is longer than the thirty-two bytes of a seed")]
    public async Task OpenAsync_PluginsOfMariaDb_LogIn(string user, string via, string password)
    {
        await using var root = await mariaDb.OpenAsync();
        await root.ExecuteAsync($"CREATE OR REPLACE USER {user}@'%' IDENTIFIED VIA {via}", Token);
        await using var connection = await mariaDb.OpenAsync(options => options with { User = user, Password = password, Database = null });
        Assert.Equal($"{user}@%", await connection.QueryScalarAsync("SELECT CURRENT_USER()", Token));

        var e = await Assert.ThrowsAsync<MySqlException>(() => mariaDb.OpenAsync(options => options with { User = user, Password = password + "x" }));
        Assert.Equal((1045, "28000", false, false), (e.Code, e.SqlState, e.IsTransient, e.IsConnectionLost));
        Assert.Contains($"{mariaDb.Server.Port} refuses the connection", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(password + "x", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_Ed25519ManyNonces_AllSignaturesAreGood()
    {
        await using var root = await mariaDb.OpenAsync();
        await root.ExecuteAsync("CREATE OR REPLACE USER ed_often@'%' IDENTIFIED VIA ed25519 USING PASSWORD('often')", Token);
        for (var i = 0; i < 100; i++)
        {
            await using var connection = await mariaDb.OpenAsync(options => options with { User = "ed_often", Password = "often", Database = null });
            Assert.True(connection.IsOpen);
        }
    }

    [Fact]
    public async Task OpenAsync_UnixSocketFile_Connects()
    {
        await using var connection = await mariaDb.OpenAsync(options => options with { UnixSocket = mariaDb.Server.Socket });
        Assert.StartsWith("root@", await connection.QueryScalarAsync("SELECT CURRENT_USER()", Token), StringComparison.Ordinal);
        Assert.StartsWith("localhost", (await connection.QueryScalarAsync("SELECT HOST FROM information_schema.processlist WHERE id = CONNECTION_ID()", Token))!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_UnixSocketPlugin_TrustsTheSystemUser()
    {
        await using var root = await mariaDb.OpenAsync();
        var user = Environment.UserName;
        await root.ExecuteAsync($"CREATE USER IF NOT EXISTS {user}@localhost", Token);
        await root.ExecuteAsync($"ALTER USER {user}@localhost IDENTIFIED VIA unix_socket OR mysql_native_password USING PASSWORD('{mariaDb.Server.RootPassword}')", Token);
        await using var connection = await mariaDb.OpenAsync(options => options with { UnixSocket = mariaDb.Server.Socket, User = user, Password = "", Database = null });
        Assert.Equal($"{user}@localhost", await connection.QueryScalarAsync("SELECT CURRENT_USER()", Token));
    }

    [Fact]
    public async Task OpenAsync_UnknownDatabase_SaysSo()
    {
        var e = await Assert.ThrowsAsync<MySqlException>(() => mariaDb.OpenAsync(options => options with { Database = "nowhere" }));
        Assert.Equal(1049, e.Code);
    }

    [Fact]
    public async Task OpenAsync_TlsRequiredOfServerWithout_SaysWhatToDo()
    {
        var e = await Assert.ThrowsAsync<MySqlException>(() => mariaDb.OpenAsync(options => options with { Tls = MySqlTlsMode.Required }));
        Assert.Equal(2026, e.Code);
        Assert.Contains("doesn't offer TLS", e.Message, StringComparison.Ordinal);
        await using var connection = await mariaDb.OpenAsync(options => options with { Tls = MySqlTlsMode.Preferred });
        Assert.False(connection.Server.IsEncrypted);
    }

    [Fact]
    public async Task OpenAsync_NobodyListens_SaysSoAndIsTransient()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var e = await Assert.ThrowsAsync<MySqlException>(() => MySqlConnection.OpenAsync(new MySqlConnectionOptions { Host = "127.0.0.1", Port = port, User = "u" }, Token));
        Assert.Equal((2003, true, true), (e.Code, e.IsTransient, e.IsConnectionLost));
        Assert.Contains($"127.0.0.1:{port}", e.Message, StringComparison.Ordinal);

        e = await Assert.ThrowsAsync<MySqlException>(() => MySqlConnection.OpenAsync(new MySqlConnectionOptions { Host = "", UnixSocket = "/nowhere/s", User = "u" }, Token));
        Assert.Equal(2002, e.Code);
    }

    [Fact]
    public async Task OpenAsync_TooManyConnections_IsTransient()
    {
        await using var root = await mariaDb.OpenAsync();
        await root.ExecuteAsync("CREATE OR REPLACE USER single@'%' IDENTIFIED BY 's' WITH MAX_USER_CONNECTIONS 1", Token);
        await using var first = await mariaDb.OpenAsync(options => options with { User = "single", Password = "s", Database = null });
        var e = await Assert.ThrowsAsync<MySqlException>(() => mariaDb.OpenAsync(options => options with { User = "single", Password = "s", Database = null }));
        Assert.Equal((1226, true), (e.Code, e.IsTransient));
    }

    [Fact]
    public async Task OpenAsync_Attributes_ArriveAtTheServer()
    {
        var many = Enumerable.Range(0, 20).ToDictionary(i => $"key{i}", i => new string('v', 20 * i));
        await using var connection = await mariaDb.OpenAsync(options => options with { Attributes = many });
        Assert.True(connection.IsOpen);
    }
}
