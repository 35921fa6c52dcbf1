using Binlog.MySql;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Tests.Drainer;
using Binlog.TiDB.Records;

namespace Binlog.Service.Tests.Downstream.MySql.History;

/// <summary>The check itself: it takes a prefix for one, and nothing else.</summary>
public sealed class SampleLogTests(MySqlTestServer server) : IClassFixture<MySqlTestServer>
{
    [Fact]
    public async Task AssertPrefixes_RowMissingInTheMiddle_Fails()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using var target = new MySqlTarget(server.Options());
        await target.OpenAsync(default);
        using var replay = new RecordedReplay(target, transactionsPerBatch: 100, isCondensed: true);
        await replay.ApplyUpToAsync(BinlogHeader.Parse(RecordedStream.Payloads[4000].Span).CommitTs);
        var intact = new SampleLog(server.ConnectAsync);
        await intact.TakeAsync();
        Assert.Equal(1, intact.States);
        await intact.AssertPrefixesAsync();

        string table = (await look.RowsAsync(
            "SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) FROM information_schema.TABLES WHERE TABLE_TYPE='BASE TABLE' AND TABLE_ROWS > 0 AND TABLE_SCHEMA NOT IN ('mysql','sys','information_schema','performance_schema','tidb_binlog') LIMIT 1"))[0];
        await look.ExecuteAsync($"DELETE FROM {table} LIMIT 1", default);
        var damaged = new SampleLog(server.ConnectAsync);
        await damaged.TakeAsync();

        Exception failure = await Assert.ThrowsAnyAsync<Exception>(damaged.AssertPrefixesAsync);
        Assert.Contains("what no prefix of the upstream's history holds", failure.Message, StringComparison.Ordinal);
    }
}
