using Binlog.MySql.Tests.Fakes;

namespace Binlog.MySql.Tests.Sessions;

public class TimeoutTests
{
    private readonly ManualTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ExecuteAsync_ServerSilent_IsLostAfterCommandTimeout()
    {
        await using var server = new FakeMySqlServer { OnQuery = SilenceAsync };
        await using var connection = await OpenAsync(server);
        var running = connection.ExecuteAsync("SELECT 1", Token).AsTask();
        await _time.AdvanceUntilAsync(running, TimeSpan.FromSeconds(20));
        var e = await Assert.ThrowsAsync<MySqlException>(() => running);
        Assert.Equal((2013, true, true), (e.Code, e.IsConnectionLost, e.IsTransient));
        Assert.Contains("didn't answer within 60 s", e.Message, StringComparison.Ordinal);
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public async Task PipelineExecuteAsync_ServerSilent_IsLostAfterCommandTimeout()
    {
        var firstIsAnswered = new TaskCompletionSource();
        await using var server = new FakeMySqlServer
        {
            OnQuery = (connection, sql) =>
            {
                if (sql != "silent")
                {
                    return Task.FromResult(false);
                }

                firstIsAnswered.SetResult();
                return SilenceAsync(connection, sql);
            },
        };
        await using var connection = await OpenAsync(server);
        var pipeline = connection.CreatePipeline();
        pipeline.Add("first"u8.ToArray());
        pipeline.Add("silent"u8.ToArray());
        var running = pipeline.ExecuteAsync(Token).AsTask();
        await firstIsAnswered.Task;
        await _time.AdvanceUntilAsync(running, TimeSpan.FromSeconds(20));
        var e = await Assert.ThrowsAsync<MySqlException>(() => running);
        Assert.Contains("1 of 2 pipelined statements were answered", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PipelineExecuteAsync_ServerDoesNotRead_IsLostAfterCommandTimeout()
    {
        await using var server = new FakeMySqlServer { OnQuery = SilenceAsync };
        await using var connection = await OpenAsync(server);
        var pipeline = connection.CreatePipeline();
        pipeline.Add("first"u8.ToArray());
        pipeline.Add(new byte[32 * 1024 * 1024]);
        var running = pipeline.ExecuteAsync(Token).AsTask();
        await _time.AdvanceUntilAsync(running, TimeSpan.FromSeconds(20));
        Assert.True((await Assert.ThrowsAsync<MySqlException>(() => running)).IsConnectionLost);
    }

    [Fact]
    public async Task ExecuteAsync_AnswerBeforeTheTimeout_Succeeds()
    {
        var release = new TaskCompletionSource();
        await using var server = new FakeMySqlServer { OnQuery = async (_, _) => { await release.Task; return false; } };
        await using var connection = await OpenAsync(server);
        var running = connection.ExecuteAsync("SELECT 1", Token).AsTask();
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        release.SetResult();
        await running;
        _time.Advance(TimeSpan.FromHours(1));
        await connection.PingAsync(Token);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpenAsync_ServerSilent_FailsAfterConnectTimeout(bool afterGreeting)
    {
        await using var server = new FakeMySqlServer
        {
            Script = async connection =>
            {
                if (afterGreeting)
                {
                    await connection.WriteAsync(FakePackets.Greeting());
                }

                await connection.DrainAsync();
            },
        };
        var opening = OpenAsync(server);
        await _time.AdvanceUntilAsync(opening, TimeSpan.FromSeconds(3));
        var e = await Assert.ThrowsAsync<MySqlException>(() => opening);
        Assert.Equal((2003, true), (e.Code, e.IsTransient));
        Assert.Contains("within 10 s (ConnectTimeout)", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_Cancelled_SaysSo()
    {
        await using var server = new FakeMySqlServer { Script = connection => connection.DrainAsync() };
        using var source = new CancellationTokenSource();
        var opening = MySqlConnection.OpenAsync(server.Options, source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
    }

    [Fact]
    public async Task IdleTimeout_NoCommand_ClosesTheConnection()
    {
        await using var server = new FakeMySqlServer();
        await using var connection = await MySqlConnection.OpenAsync(
            server.Options with { TimeProvider = _time, IdleTimeout = TimeSpan.FromMinutes(5) }, Token);
        _time.Advance(TimeSpan.FromMinutes(4));
        await connection.PingAsync(Token);
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.True(connection.IsOpen);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(connection.IsOpen);
        var e = await Assert.ThrowsAsync<MySqlException>(() => connection.PingAsync(Token));
        Assert.Equal((2006, true, true), (e.Code, e.IsConnectionLost, e.IsTransient));
        Assert.Contains("IdleTimeout", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExecuteAsync_CancelledAndServerIgnoresTheKill_BreaksAfterCancelTimeout()
    {
        using var source = new CancellationTokenSource();
        var arrived = new TaskCompletionSource();
        var killed = new TaskCompletionSource();
        await using var server = new FakeMySqlServer
        {
            OnQuery = (connection, sql) =>
            {
                arrived.TrySetResult();
                if (!sql.StartsWith("KILL", StringComparison.Ordinal))
                {
                    return SilenceAsync(connection, sql);
                }

                killed.SetResult();
                return Task.FromResult(false);
            },
        };
        await using var connection = await OpenAsync(server);
        var running = connection.ExecuteAsync("SELECT 1", source.Token).AsTask();
        await arrived.Task;
        await source.CancelAsync();
        await killed.Task;
        await _time.AdvanceUntilAsync(running, TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.False(connection.IsOpen);
        Assert.Equal(["SELECT 1", "KILL QUERY 7"], server.Queries);
    }

    private Task<MySqlConnection> OpenAsync(FakeMySqlServer server) =>
        MySqlConnection.OpenAsync(server.Options with { TimeProvider = _time }, Token);

    private static async Task<bool> SilenceAsync(FakeConnection connection, string sql)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, connection.CancellationToken);
        return false;
    }
}
