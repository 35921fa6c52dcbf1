using Binlog.MySql.Tests.Fakes;

namespace Binlog.MySql.Tests.Sessions;

public class TiDbTests
{
    private const string ConnectionId = "2199023255955";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenAsync_TiDb_AsksForItsWideConnectionId()
    {
        await using var server = Server();
        await using var connection = await MySqlConnection.OpenAsync(server.Options, Token);
        Assert.Equal((MySqlServerKind.TiDb, ConnectionId), (connection.Server.Kind, $"{connection.Server.ConnectionId}"));
    }

    [Fact]
    public async Task ExecuteAsync_Cancelled_SendsTiDbsKill()
    {
        var running = new TaskCompletionSource();
        var killed = new TaskCompletionSource();
        await using var server = Server();
        var answer = server.OnQuery!;
        server.OnQuery = async (connection, sql) =>
        {
            if (sql == "SELECT SLEEP(9)")
            {
                running.SetResult();
                await killed.Task;
                await connection.WriteAsync(FakePackets.Err(1317, "Query execution was interrupted", "70100"));
                return true;
            }

            if (sql.StartsWith("KILL", StringComparison.Ordinal))
            {
                await connection.WriteAsync(FakePackets.Ok());
                killed.SetResult();
                return true;
            }

            return await answer(connection, sql);
        };
        await using var connection = await MySqlConnection.OpenAsync(server.Options, Token);
        using var source = new CancellationTokenSource();
        var executing = connection.ExecuteAsync("SELECT SLEEP(9)", source.Token).AsTask();
        await running.Task;
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => executing);
        Assert.Contains($"KILL TIDB QUERY {ConnectionId}", server.Queries);
        Assert.True(connection.IsOpen);
        Assert.DoesNotContain("DO SLEEP(0)", server.Queries);
    }

    [Fact]
    public async Task ExecuteAsync_KillComesTooLate_ResultStandsAndTheKillHitsNothingElse()
    {
        var release = new TaskCompletionSource();
        var running = new TaskCompletionSource();
        await using var server = Server();
        var answer = server.OnQuery!;
        server.OnQuery = async (connection, sql) =>
        {
            if (sql == "UPDATE t")
            {
                running.SetResult();
                await release.Task;
                await connection.WriteAsync(FakePackets.Ok(affectedRows: 5));
                return true;
            }

            if (sql.StartsWith("KILL", StringComparison.Ordinal))
            {
                release.SetResult();
            }

            if (sql == "DO SLEEP(0)")
            {
                await connection.WriteAsync(FakePackets.Err(1317, "Query execution was interrupted", "70100"));
                return true;
            }

            return await answer(connection, sql);
        };
        await using var connection = await MySqlConnection.OpenAsync(server.Options, Token);
        using var source = new CancellationTokenSource();
        var executing = connection.ExecuteAsync("UPDATE t", source.Token).AsTask();
        await running.Task;
        await source.CancelAsync();
        Assert.Equal(5, (await executing).AffectedRows);
        Assert.Equal("DO SLEEP(0)", server.Queries[^1]);
        await connection.PingAsync(Token);
    }

    [Theory]
    [InlineData(8002)]
    [InlineData(8022)]
    [InlineData(8028)]
    [InlineData(9001)]
    [InlineData(9005)]
    [InlineData(9007)]
    public async Task ExecuteAsync_TiDbsRetryableErrors_AreTransient(int code)
    {
        await using var server = Server();
        var answer = server.OnQuery!;
        server.OnQuery = async (connection, sql) =>
        {
            if (sql != "COMMIT")
            {
                return await answer(connection, sql);
            }

            await connection.WriteAsync(FakePackets.Err((ushort)code, "try again"));
            return true;
        };
        await using var connection = await MySqlConnection.OpenAsync(server.Options, Token);
        var e = await Assert.ThrowsAsync<MySqlException>(async () => await connection.ExecuteAsync("COMMIT", Token));
        Assert.Equal((code, true, false), (e.Code, e.IsTransient, e.IsConnectionLost));
    }

    private static FakeMySqlServer Server() => new()
    {
        Version = "8.0.11-TiDB-v7.5.1",
        Plugin = "mysql_native_password",
        OnQuery = async (connection, sql) =>
        {
            if (sql != "SELECT CONNECTION_ID()")
            {
                return false;
            }

            await connection.WriteResultAsync(["CONNECTION_ID()"], [[ConnectionId]]);
            return true;
        },
    };
}
