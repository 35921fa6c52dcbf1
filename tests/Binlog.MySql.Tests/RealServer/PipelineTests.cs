using System.Buffers;
using System.Globalization;
using System.Text;

namespace Binlog.MySql.Tests.RealServer;

public class PipelineTests(SharedMariaDb mariaDb)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ExecuteAsync_ManyStatements_AnswersEach()
    {
        const int Count = 5_000;
        await using var connection = await mariaDb.OpenAsync();
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE t (id INT PRIMARY KEY, v VARCHAR(50)) ENGINE = InnoDB", Token);
        var pipeline = connection.CreatePipeline();
        for (var round = 0; round < 2; round++)
        {
            Add(pipeline, "BEGIN");
            for (var i = 0; i < Count; i++)
            {
                Add(pipeline, $"INSERT INTO t VALUES ({round * Count + i}, 'value {i}')");
            }

            Add(pipeline, "SELECT * FROM t LIMIT 3");
            Add(pipeline, "COMMIT");
            Assert.Equal(Count + 3, pipeline.Count);
            var result = await pipeline.ExecuteAsync(Token);
            result.ThrowIfFailed();
            Assert.Equal((Count + 3, Count, -1), (result.Count, (int)result.TotalAffected, result.FailedIndex));
            Assert.Equal(1, result[1].AffectedRows);
            Assert.Equal((0, 0L), (pipeline.Count, pipeline.Bytes));
        }

        Assert.Equal(2 * Count, await connection.QueryScalarAsync<int>("SELECT COUNT(*) FROM t", Token));
    }

    [Fact]
    public async Task ExecuteAsync_ErrorInTheMiddle_IsNamedAndTheRestRuns()
    {
        await using var connection = await mariaDb.OpenAsync();
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE t (id INT PRIMARY KEY)", Token);
        var pipeline = connection.CreatePipeline();
        foreach (var id in new[] { 1, 2, 1, 1, 3 })
        {
            Add(pipeline, $"INSERT INTO t VALUES ({id})");
        }

        var result = await pipeline.ExecuteAsync(Token);
        Assert.Equal((5, 2, 3), (result.Count, result.FailedIndex, (int)result.TotalAffected));
        Assert.Equal(1062, result.Error!.Code);
        Assert.Equal("INSERT INTO t VALUES (1)", result.Error.Statement);
        Assert.Throws<MySqlException>(result.ThrowIfFailed);
        Assert.True(connection.IsOpen);
        Add(pipeline, "DO 1");
        Assert.Equal(-1, (await pipeline.ExecuteAsync(Token)).FailedIndex);
    }

    [Fact]
    public async Task ExecuteAsync_BothDirectionsFull_DoesNotDeadlock()
    {
        const int Statements = 200;
        const int ValueBytes = 400_000;
        await using var connection = await mariaDb.OpenAsync();
        var pipeline = connection.CreatePipeline();
        for (var i = 0; i < Statements; i++)
        {
            Add(pipeline, $"SELECT '{new string('x', ValueBytes)}'");
        }

        var result = await pipeline.ExecuteAsync(Token);
        Assert.Equal((Statements, -1), (result.Count, result.FailedIndex));
    }

    [Fact]
    public async Task ExecuteAsync_StatementNotEnded_Throws()
    {
        await using var connection = await mariaDb.OpenAsync();
        var pipeline = connection.CreatePipeline();
        pipeline.BeginStatement();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await pipeline.ExecuteAsync(Token));
        Assert.Throws<InvalidOperationException>(() => pipeline.BeginStatement());
        pipeline.Clear();
        Assert.Throws<InvalidOperationException>(pipeline.EndStatement);
        Assert.Equal(0, (await pipeline.ExecuteAsync(Token)).Count);
    }

    [Theory]
    [InlineData(0xFFFFFF - 1)]
    [InlineData(0xFFFFFF)]
    [InlineData(0xFFFFFF + 1)]
    [InlineData(2 * 0xFFFFFF)]
    [InlineData(40_000_000)]
    public async Task ExecuteAsync_StatementAroundPacketLimit_ArrivesWhole(int payloadBytes)
    {
        const string Before = "SELECT LENGTH('";
        const string After = "')";
        var valueBytes = payloadBytes - 1 - Before.Length - After.Length;
        var sql = Encoding.UTF8.GetBytes(Before + new string('v', valueBytes) + After);
        await using var connection = await mariaDb.OpenAsync();
        Assert.Equal(valueBytes, await connection.QueryScalarAsync<int>(Encoding.UTF8.GetString(sql), Token));

        var pipeline = connection.CreatePipeline();
        Add(pipeline, "DO 1");
        pipeline.BeginStatement().Write(sql);
        pipeline.EndStatement();
        Add(pipeline, "DO 2");
        pipeline.Add(sql);
        Add(pipeline, "SET @last = 'reached'");
        var result = await pipeline.ExecuteAsync(Token);
        Assert.Equal((5, -1), (result.Count, result.FailedIndex));
        Assert.Equal("reached", await connection.QueryScalarAsync("SELECT @last", Token));
    }

    private static void Add(MySqlPipeline pipeline, FormattableString sql) => Add(pipeline, sql.ToString(CultureInfo.InvariantCulture));

    private static void Add(MySqlPipeline pipeline, string sql)
    {
        Encoding.UTF8.GetBytes(sql, pipeline.BeginStatement());
        pipeline.EndStatement();
    }
}
