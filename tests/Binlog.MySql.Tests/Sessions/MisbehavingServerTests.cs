using Binlog.MySql.Protocol;
using Binlog.MySql.Tests.Fakes;

namespace Binlog.MySql.Tests.Sessions;

public class MisbehavingServerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ExecuteAsync_AnswerOutOfSequence_BreaksTheConnection()
    {
        await using var server = new FakeMySqlServer { OnQuery = async (connection, _) => { await connection.WriteRawAsync(FakePackets.Packet(5, FakePackets.Ok())); return true; } };
        await using var connection = await MySqlConnection.OpenAsync(server.Options, Token);
        var e = await Assert.ThrowsAsync<MySqlProtocolException>(async () => await connection.ExecuteAsync("DO 1", Token));
        Assert.Contains("sequence number 5; expected 1", e.Message, StringComparison.Ordinal);
        Assert.Equal((false, true, "DO 1"), (e.IsTransient, e.IsConnectionLost, e.Statement));
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public async Task ExecuteAsync_ServerAsksForAFile_IsRefused()
    {
        await using var server = new FakeMySqlServer { OnQuery = async (connection, _) => { await connection.WriteAsync([0xFB, .. "/etc/passwd"u8]); return true; } };
        await using var connection = await MySqlConnection.OpenAsync(server.Options, Token);
        var e = await Assert.ThrowsAsync<MySqlProtocolException>(async () => await connection.ExecuteAsync("LOAD DATA LOCAL INFILE 'x' INTO TABLE t", Token));
        Assert.Contains("LOCAL INFILE", e.Message, StringComparison.Ordinal);
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public async Task ExecuteAsync_EndlessResults_IsGivenUp()
    {
        await using var server = new FakeMySqlServer
        {
            OnQuery = async (connection, _) =>
            {
                while (true)
                {
                    await connection.WriteAsync(FakePackets.Ok(status: MySqlStatus.MoreResultsExist));
                }
            },
        };
        await using var connection = await MySqlConnection.OpenAsync(server.Options with { MaxDiscardedBytes = 10_000 }, Token);
        var e = await Assert.ThrowsAsync<MySqlException>(async () => await connection.ExecuteAsync("DO 1", Token));
        Assert.Contains("MaxDiscardedBytes", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DisposeAsync_EndlessRows_ClosesTheConnection()
    {
        await using var server = new FakeMySqlServer
        {
            OnQuery = async (connection, _) =>
            {
                await connection.WriteAsync([1], FakePackets.Column("c"));
                while (true)
                {
                    await connection.WriteAsync(FakePackets.Row("row"));
                }
            },
        };
        await using var connection = await MySqlConnection.OpenAsync(server.Options with { MaxDiscardedBytes = 10_000 }, Token);
        var reader = await connection.QueryAsync("SELECT 1", Token);
        Assert.True(await reader.ReadAsync(Token));
        await reader.DisposeAsync();
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public async Task QueryAsync_TooManyOrTooLongColumns_AreRefused()
    {
        var name = new string('n', 1_000_000);
        await using var server = new FakeMySqlServer
        {
            OnQuery = async (connection, sql) =>
            {
                await connection.WriteAsync(sql == "many" ? [0xFC, 0x01, 0x40] : [0xFC, 0x00, 0x40]);
                for (var i = 0; sql == "long" && i < 100; i++)
                {
                    await connection.WriteAsync(FakePackets.Column(name));
                }

                return true;
            },
        };
        foreach (var sql in new[] { "many", "long" })
        {
            await using var connection = await MySqlConnection.OpenAsync(server.Options, Token);
            var e = await Assert.ThrowsAsync<MySqlProtocolException>(() => connection.QueryAsync(sql, Token));
            Assert.Contains("column", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ReadAsync_RowWithBytesLeftOver_IsRefused()
    {
        await using var server = new FakeMySqlServer
        {
            OnQuery = async (connection, _) =>
            {
                await connection.WriteAsync([1], FakePackets.Column("c"), FakePackets.Row("fine"), FakePackets.Row("one", "too many"));
                return true;
            },
        };
        await using var connection = await MySqlConnection.OpenAsync(server.Options, Token);
        await using var reader = await connection.QueryAsync("SELECT 1", Token);
        Assert.True(await reader.ReadAsync(Token));
        var e = await Assert.ThrowsAsync<MySqlProtocolException>(async () => await reader.ReadAsync(Token));
        Assert.Contains("unexpected bytes", e.Message, StringComparison.Ordinal);
        Assert.False(await reader.ReadAsync(Token));
    }

    [Fact]
    public async Task PipelineExecuteAsync_AnswerDamaged_BreaksTheConnectionWithTheNumberAnswered()
    {
        await using var server = new FakeMySqlServer { OnQuery = async (connection, sql) => { await connection.WriteAsync(sql == "bad" ? [0x00, 0x01] : FakePackets.Ok()); return true; } };
        await using var connection = await MySqlConnection.OpenAsync(server.Options, Token);
        var pipeline = connection.CreatePipeline();
        foreach (var sql in new[] { "good", "good", "bad", "good" })
        {
            pipeline.Add(System.Text.Encoding.UTF8.GetBytes(sql));
        }

        var e = await Assert.ThrowsAsync<MySqlProtocolException>(async () => await pipeline.ExecuteAsync(Token));
        Assert.Contains("2 of 4", e.Message, StringComparison.Ordinal);
        Assert.Equal("bad", e.Statement);
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public async Task PipelineExecuteAsync_ServerShutsDown_SaysWhatTheServerSaid()
    {
        await using var server = new FakeMySqlServer { OnQuery = async (connection, sql) => { await connection.WriteAsync(sql == "last" ? FakePackets.Err(1053, "Server shutdown in progress", "08S01") : FakePackets.Ok()); return true; } };
        await using var connection = await MySqlConnection.OpenAsync(server.Options, Token);
        var pipeline = connection.CreatePipeline();
        pipeline.Add("good"u8.ToArray());
        pipeline.Add("last"u8.ToArray());
        pipeline.Add("never"u8.ToArray());
        var e = await Assert.ThrowsAsync<MySqlException>(async () => await pipeline.ExecuteAsync(Token));
        Assert.Equal((1053, true, true), (e.Code, e.IsConnectionLost, e.IsTransient));
        Assert.Contains("Server shutdown in progress", e.Message, StringComparison.Ordinal);
        Assert.Contains("1 of 3", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_ErrorInsteadOfGreeting_IsTheServersError()
    {
        await using var server = new FakeMySqlServer { Script = connection => connection.WriteAsync(FakePackets.Err(1040, "Too many connections", null)) };
        var e = await Assert.ThrowsAsync<MySqlException>(() => MySqlConnection.OpenAsync(server.Options, Token));
        Assert.Equal((1040, true), (e.Code, e.IsTransient));
    }

    [Fact]
    public async Task OpenAsync_CapabilitiesMissing_AreNamed()
    {
        await using var server = new FakeMySqlServer { Capabilities = FakePackets.Capabilities & ~ProtocolCapabilities.MultiStatements };
        var e = await Assert.ThrowsAsync<MySqlProtocolException>(() => MySqlConnection.OpenAsync(server.Options, Token));
        Assert.Contains("MultiStatements", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_ServerWithoutNewerCapabilities_IsSpokenToTheOldWay()
    {
        await using var server = new FakeMySqlServer
        {
            Plugin = "mysql_native_password",
            Capabilities = FakePackets.Capabilities & ~(ProtocolCapabilities.DeprecateEof | ProtocolCapabilities.LengthEncodedAuthData | ProtocolCapabilities.ConnectAttributes),
            OnQuery = async (connection, _) =>
            {
                await connection.WriteResultAsync(["a", "b"], [["1", null], ["2", "x"]]);
                return true;
            },
        };
        await using var connection = await MySqlConnection.OpenAsync(server.Options, Token);
        await using var reader = await connection.QueryAsync("SELECT", Token);
        Assert.True(await reader.ReadAsync(Token));
        Assert.True(reader.IsNull(1));
        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal("x", reader.GetString(1));
        Assert.False(await reader.ReadAsync(Token));
        Assert.Equal(0, (await connection.ExecuteAsync("SELECT", Token)).AffectedRows);
    }
}
