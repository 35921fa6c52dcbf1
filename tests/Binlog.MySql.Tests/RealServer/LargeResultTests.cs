namespace Binlog.MySql.Tests.RealServer;

[Collection(nameof(MeasuringTests))]
public class LargeResultTests(SharedMariaDb mariaDb)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReadAsync_MillionRows_TakesNoMemoryPerRow()
    {
        const int Rows = 1_000_000;
        await using var connection = await mariaDb.OpenAsync();
        await using var reader = await connection.QueryAsync($"SELECT seq, REPEAT('r', 100) FROM seq_1_to_{Rows}", Token);
        long sum = 0;
        var count = 0;
        var before = GC.GetTotalAllocatedBytes();
        while (await reader.ReadAsync(Token))
        {
            count++;
            sum += reader.GetInt64(0) + reader.GetBytes(1).Length;
        }

        var perRow = (GC.GetTotalAllocatedBytes() - before) / (double)Rows;
        Assert.Equal((Rows, (Rows * (Rows + 1L) / 2) + 100L * Rows), (count, sum));
        Assert.True(perRow < 16, $"{perRow} bytes were allocated per row.");
    }

    [Theory]
    [InlineData(0xFFFFFF - 4)] // with the length's four bytes, the payload is one full packet
    [InlineData(0xFFFFFF)]
    [InlineData(70_000_000)]
    public async Task ReadAsync_RowOfSeveralPackets_ArrivesWhole(int bytes)
    {
        await using var connection = await mariaDb.OpenAsync();
        await using var reader = await connection.QueryAsync($"SELECT REPEAT('x', {bytes}) UNION ALL SELECT 'after'", Token);
        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal(bytes, reader.GetBytes(0).Length);
        Assert.Equal(-1, reader.GetBytes(0).IndexOfAnyExcept((byte)'x'));
        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal("after", reader.GetString(0));
        Assert.False(await reader.ReadAsync(Token));
    }

    [Fact]
    public async Task ReadAsync_RowOverTheLimit_SaysWhichSettingToRaise()
    {
        await using var connection = await mariaDb.OpenAsync(options => options with { MaxResultRowBytes = 100_000 });
        var reader = await connection.QueryAsync("SELECT REPEAT('x', 99000) UNION ALL SELECT REPEAT('x', 100001)", Token);
        Assert.True(await reader.ReadAsync(Token));
        var e = await Assert.ThrowsAsync<MySqlProtocolException>(async () => await reader.ReadAsync(Token));
        Assert.Contains("MaxResultRowBytes", e.Message, StringComparison.Ordinal);
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public async Task ExecuteAsync_RowsThatNobodyReads_AreLimited()
    {
        await using var connection = await mariaDb.OpenAsync(options => options with { MaxDiscardedBytes = 1_000_000 });
        var e = await Assert.ThrowsAsync<MySqlException>(async () => await connection.ExecuteAsync("SELECT REPEAT('x', 1000) FROM seq_1_to_10000000", Token));
        Assert.Contains("MaxDiscardedBytes", e.Message, StringComparison.Ordinal);
        Assert.False(connection.IsOpen);
    }

    [Fact]
    public async Task ExecuteAsync_StatementOverMaxAllowedPacket_NamesIt()
    {
        await using var connection = await mariaDb.OpenAsync();
        var sql = "SELECT '"u8.ToArray().Concat(Enumerable.Repeat((byte)'x', 300_000_000)).Concat("'"u8.ToArray()).ToArray();
        var e = await Assert.ThrowsAsync<MySqlException>(async () => await connection.ExecuteAsync(sql, Token));
        Assert.True(e.IsConnectionLost);
        Assert.Contains("max_allowed_packet", e.Message, StringComparison.Ordinal);
    }
}
