using System.Text;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.MariaDb;

namespace Binlog.MySql.Tests.RealServer;

public class LostServerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PipelineExecuteAsync_ServerKilledAmongStatements_IsLostWithTheNumberAnswered()
    {
        Capability.RequireMariaDb();
        await using var server = await MariaDbServer.StartAsync(cancellationToken: Token);
        await using var connection = await MySqlConnection.OpenAsync(SharedMariaDb.OptionsFor(server), Token);
        await using var observer = await MySqlConnection.OpenAsync(SharedMariaDb.OptionsFor(server), Token);
        var pipeline = connection.CreatePipeline();
        for (var i = 0; i < 10; i++)
        {
            pipeline.Add(Encoding.UTF8.GetBytes(i == 4 ? "SELECT SLEEP(1000)" : "DO 1"));
        }

        var running = pipeline.ExecuteAsync(Token).AsTask();
        while (await observer.QueryScalarAsync<int>("SELECT COUNT(*) FROM information_schema.processlist WHERE info = 'SELECT SLEEP(1000)'", Token) == 0)
        {
            await Task.Delay(5, Token);
        }

        server.Kill();
        var e = await Assert.ThrowsAsync<MySqlException>(() => running);
        Assert.Equal((2013, true, true), (e.Code, e.IsConnectionLost, e.IsTransient));
        Assert.Contains("4 of 10 pipelined statements were answered", e.Message, StringComparison.Ordinal);
        Assert.Equal("SELECT SLEEP(1000)", e.Statement);
        Assert.False(connection.IsOpen);
        Assert.Equal(0, pipeline.Count);
        await Assert.ThrowsAsync<MySqlException>(() => observer.PingAsync(Token));

        await server.StartAgainAsync(Token);
        await using var again = await MySqlConnection.OpenAsync(SharedMariaDb.OptionsFor(server), Token);
        await again.PingAsync(Token);
    }

    [Fact]
    public async Task ExecuteAsync_ServerShutDownWhileIdle_IsLostAndTransient()
    {
        Capability.RequireMariaDb();
        await using var server = await MariaDbServer.StartAsync(cancellationToken: Token);
        await using var connection = await MySqlConnection.OpenAsync(SharedMariaDb.OptionsFor(server), Token);
        await server.StopAsync(Token);
        var e = await Assert.ThrowsAsync<MySqlException>(async () => await connection.ExecuteAsync("DO 1", Token));
        Assert.Equal((true, true), (e.IsConnectionLost, e.IsTransient));
        Assert.Equal("DO 1", e.Statement);
    }
}
