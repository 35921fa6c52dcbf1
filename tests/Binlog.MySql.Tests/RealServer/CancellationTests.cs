using System.Globalization;

namespace Binlog.MySql.Tests.RealServer;

public class CancellationTests(SharedMariaDb mariaDb)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ExecuteAsync_Cancelled_KillsTheQueryAndConnectionStaysUsable()
    {
        await using var connection = await mariaDb.OpenAsync();
        using var source = new CancellationTokenSource();
        var sleeping = connection.ExecuteAsync("SELECT SLEEP(1000)", source.Token).AsTask();
        await WaitUntilRunsAsync(connection, "SLEEP(1000)");
        await source.CancelAsync();
        var e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sleeping);
        Assert.Equal(source.Token, e.CancellationToken);
        Assert.True(connection.IsOpen);
        Assert.Equal(7, await connection.QueryScalarAsync<int>("SELECT 7", Token));
    }

    [Fact]
    public async Task ExecuteAsync_CancelledWhileWaitingForALock_ReturnsAtOnceAndKeepsTheTransaction()
    {
        await using var holder = await mariaDb.OpenAsync();
        await holder.ExecuteAsync("CREATE OR REPLACE TABLE locked (id INT PRIMARY KEY, v INT) ENGINE = InnoDB; INSERT INTO locked VALUES (1, 0), (2, 0)", Token);
        await holder.ExecuteAsync("BEGIN; UPDATE locked SET v = 1 WHERE id = 1", Token);
        await using var waiter = await mariaDb.OpenAsync();
        await waiter.ExecuteAsync("BEGIN; UPDATE locked SET v = 2 WHERE id = 2", Token);
        using var source = new CancellationTokenSource();
        var waiting = waiter.ExecuteAsync("UPDATE locked SET v = 3 WHERE id = 1", source.Token).AsTask();
        await WaitUntilRunsAsync(waiter, "UPDATE locked SET v = 3");
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await waiter.ExecuteAsync("COMMIT", Token);
        await holder.ExecuteAsync("COMMIT", Token);
        Assert.Equal("1,2", await holder.QueryScalarAsync("SELECT GROUP_CONCAT(v ORDER BY id) FROM locked", Token));
    }

    [Fact]
    public async Task ReadAsync_CancelledAmongRows_KillsTheQueryAndConnectionStaysUsable()
    {
        await using var connection = await mariaDb.OpenAsync();
        using var source = new CancellationTokenSource();
        var reader = await connection.QueryAsync("SELECT seq, SHA2(seq, 512) FROM seq_1_to_1000000000", source.Token);
        Assert.True(await reader.ReadAsync(source.Token));
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reader.ReadAsync(source.Token));
        Assert.False(await reader.ReadAsync(Token));
        Assert.True(connection.IsOpen);
        Assert.Equal(8, await connection.QueryScalarAsync<int>("SELECT 8", Token));
        await reader.DisposeAsync();
        await connection.PingAsync(Token);
    }

    [Fact]
    public async Task PipelineExecuteAsync_Cancelled_KillsTheConnectionAndRollsBack()
    {
        await using var other = await mariaDb.OpenAsync();
        await other.ExecuteAsync("CREATE OR REPLACE TABLE cancelled_pipeline (id INT PRIMARY KEY) ENGINE = InnoDB", Token);
        await using var connection = await mariaDb.OpenAsync();
        var pipeline = connection.CreatePipeline();
        pipeline.Add("SET autocommit = 0"u8.ToArray());
        pipeline.Add("INSERT INTO cancelled_pipeline VALUES (1)"u8.ToArray());
        pipeline.Add("SELECT SLEEP(1001)"u8.ToArray());
        pipeline.Add("COMMIT"u8.ToArray());
        using var source = new CancellationTokenSource();
        var running = pipeline.ExecuteAsync(source.Token).AsTask();
        await WaitUntilRunsAsync(connection, "SLEEP(1001)");
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.False(connection.IsOpen);
        await WaitUntilGoneAsync(connection);
        Assert.Equal(0, await other.QueryScalarAsync<int>("SELECT COUNT(*) FROM cancelled_pipeline", Token));
    }

    [Fact]
    public async Task ExecuteAsync_TokenCancelledBefore_SendsNothing()
    {
        await using var connection = await mariaDb.OpenAsync();
        var cancelled = new CancellationToken(true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await connection.ExecuteAsync("SET @touched = 1", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connection.QueryAsync("SET @touched = 1", cancelled));
        Assert.Null(await connection.QueryScalarAsync("SELECT @touched", Token));
    }

    [Fact]
    public async Task ExecuteAsync_KilledByAnAdministrator_IsTransientServerError()
    {
        await using var connection = await mariaDb.OpenAsync();
        var sleeping = connection.ExecuteAsync("SELECT SLEEP(1002)", Token).AsTask();
        await WaitUntilRunsAsync(connection, "SLEEP(1002)");
        await connection.KillQueryAsync(Token);
        var e = await Assert.ThrowsAsync<MySqlException>(() => sleeping);
        Assert.Equal((1317, true, false), (e.Code, e.IsTransient, e.IsConnectionLost));
        await connection.PingAsync(Token);
    }

    [Fact]
    public async Task ExecuteAsync_ConnectionKilledByAnAdministrator_IsLost()
    {
        await using var connection = await mariaDb.OpenAsync();
        await using var administrator = await mariaDb.OpenAsync();
        var sleeping = connection.ExecuteAsync("SELECT SLEEP(1003)", Token).AsTask();
        await WaitUntilRunsAsync(connection, "SLEEP(1003)");
        await administrator.ExecuteAsync($"KILL {connection.Server.ConnectionId}", Token);
        var e = await Assert.ThrowsAsync<MySqlException>(() => sleeping);
        Assert.Equal((true, true), (e.IsTransient, e.IsConnectionLost));
        Assert.False(connection.IsOpen);
        e = await Assert.ThrowsAsync<MySqlException>(() => connection.PingAsync(Token));
        Assert.Equal((2006, true, true), (e.Code, e.IsTransient, e.IsConnectionLost));
    }

    private async Task WaitUntilRunsAsync(MySqlConnection connection, string text)
    {
        await using var observer = await mariaDb.OpenAsync();
        var sql = string.Create(CultureInfo.InvariantCulture,
            $"SELECT COUNT(*) FROM information_schema.processlist WHERE id = {connection.Server.ConnectionId} AND info LIKE '%{text}%' AND state <> ''");
        while (await observer.QueryScalarAsync<int>(sql, Token) == 0)
        {
            await Task.Delay(5, Token);
        }
    }

    private async Task WaitUntilGoneAsync(MySqlConnection connection)
    {
        await using var observer = await mariaDb.OpenAsync();
        var sql = $"SELECT COUNT(*) FROM information_schema.processlist WHERE id = {connection.Server.ConnectionId}";
        while (await observer.QueryScalarAsync<int>(sql, Token) > 0)
        {
            await Task.Delay(5, Token);
        }
    }
}
