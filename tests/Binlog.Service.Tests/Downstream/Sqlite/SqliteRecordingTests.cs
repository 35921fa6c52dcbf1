using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Sqlite;
using Binlog.Service.Downstream.Verification;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Tests.Drainer;
using Microsoft.Data.Sqlite;

namespace Binlog.Service.Tests.Downstream.Sqlite;

/// <summary>The whole recording into a file, compared with TiDB's own final tables.</summary>
public sealed class SqliteRecordingTests(RecordedReplica replica) : IClassFixture<RecordedReplica>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FileSchemaHistory _history = new(RecordedStream.PathOf("ddl_history_jobs.jsonl.gz"));

    public void Dispose()
    {
        _history.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Apply_WholeRecording_EqualsTheFinalTables()
    {
        VerificationReport report = await VerifyAsync(replica.File);
        Assert.Empty(report.Mismatched.SelectMany(table => table.Samples.Select(sample => $"{table.Schema}.{table.Table}: {sample}")));
        Assert.True(report.Equal);
        Assert.Equal(38, report.Tables.Count);
        Assert.Equal(report.Tables.Sum(table => table.ExpectedRows), report.Tables.Sum(table => table.Rows));
    }

    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 200)]
    public async Task Apply_RestartedAtRandomPoints_EqualsTheFinalTables(int seed, int transactionsPerBatch)
    {
        var random = new Random(seed);
        string file = _folder.PathOf("target.db");
        int newest = 0;
        int restarts = 0;
        for (; newest < RecordedStream.Payloads.Count; restarts++)
        {
            newest = Math.Min(RecordedStream.Payloads.Count, newest + random.Next(1, 800));
            await using Replica session = await Replica.OpenAsync(new SqliteTarget(file, 1), _history, transactionsPerBatch);
            await session.ApplyAsync(RecordedStream.Payloads.Take(newest));
        }

        Assert.True(restarts > 20);
        Assert.True((await VerifyAsync(file)).Equal);
    }

    [Fact]
    public async Task Apply_DiskFullAgainAndAgain_GoesOnAndEqualsTheFinalTables()
    {
        string file = _folder.PathOf("target.db");
        int failures = 0;
        for (long pages = 40; ; pages += 4)
        {
            try
            {
                await using Replica session = await Replica.OpenAsync(new SqliteTarget(file, 1, pages), _history);
                await session.ApplyAsync(RecordedStream.Payloads);
                break;
            }
            catch (TargetException exception)
            {
                Assert.Contains("full", exception.Message, StringComparison.Ordinal);
                Assert.True(exception.IsTransient);
                failures++;
            }
        }

        Assert.True(failures > 3);
        Assert.True((await VerifyAsync(file)).Equal);
    }

    [Theory]
    [InlineData("UPDATE \"db1.t_num\" SET d6530 = d6530 || '1' WHERE id = 1", "t_num", 1, 1)]
    [InlineData("UPDATE \"db1.t_num\" SET f = f * 1.0000001 WHERE id = 1", "t_num", 1, 1)]
    [InlineData("UPDATE \"db1.t_misc\" SET e = 'b' WHERE id = 0", "t_misc", 1, 1)]
    [InlineData("UPDATE \"db1.t_misc\" SET j = '-330228' WHERE id = 0", "t_misc", 1, 1)]
    [InlineData("UPDATE \"db1.t_str\" SET v = v || ' ' WHERE k = 'key-0'", "t_str", 1, 1)]
    [InlineData("UPDATE \"db1.t_str\" SET bi = CAST(bi AS TEXT) WHERE k = 'key-0'", "t_str", 1, 1)]
    [InlineData("UPDATE \"db1.t_time\" SET ts6 = replace(ts6, '15:00:24.173918', '15:00:24.173919') WHERE id = 0", "t_time", 1, 1)]
    [InlineData("UPDATE \"db2.t_upk\" SET id = '18446744073709551613' WHERE id = '18446744073709551614'", "t_upk", 1, 1)]
    [InlineData("DELETE FROM \"db1.t_shard\" WHERE rowid = (SELECT min(rowid) FROM \"db1.t_shard\")", "t_shard", 1, 0)]
    [InlineData("INSERT INTO \"db1.dupes\" VALUES (1, 1)", "dupes", 0, 1)]
    public async Task Compare_OneValueChanged_NamesTableAndRow(string change, string table, int missing, int unexpected)
    {
        string file = _folder.PathOf("target.db");
        File.Copy(replica.File, file);

        ExecuteBeside(file, change);

        TableComparison difference = Assert.Single((await VerifyAsync(file)).Mismatched);
        Assert.Equal(table, difference.Table);
        Assert.Equal((missing, unexpected), ((int)difference.Missing, (int)difference.Unexpected));
        Assert.Equal(missing + unexpected, difference.Samples.Count);
    }

    [Theory]
    [InlineData("DROP TABLE \"db1.dupes\"", "dupes", "no such table")]
    [InlineData("CREATE TABLE \"db1.extra\" (a)", "db1.extra", "the upstream hasn't")]
    [InlineData("ALTER TABLE \"db1.dupes\" RENAME COLUMN b TO c", "dupes", "no column b")]
    public async Task Compare_TableChanged_SaysWhatIsWrong(string change, string table, string reason)
    {
        string file = _folder.PathOf("target.db");
        File.Copy(replica.File, file);

        ExecuteBeside(file, change);

        TableComparison difference = Assert.Single((await VerifyAsync(file)).Mismatched);
        Assert.Equal(table, difference.Table);
        Assert.Contains(reason, Assert.Single(difference.Samples), StringComparison.Ordinal);
    }

    private static void ExecuteBeside(string file, string sql)
    {
        using SqliteDatabase database = SqliteDatabase.Open(file, SqliteOpenMode.ReadWrite, TimeSpan.Zero);
        database.Execute(sql);
        Assert.True(database.Changes > 0 || !sql.StartsWith("UPDATE", StringComparison.Ordinal));
    }

    private async Task<VerificationReport> VerifyAsync(string file)
    {
        SchemaTracker tracker = await SchemaTracker.ReplayAsync(_history, long.MaxValue, default);
        using var source = new SqliteTableSource(file);
        return await TargetVerifier.CompareAsync(
            FinalTablesReader.ReadAsync(RecordedStream.PathOf("final_tables.json.gz"), default), tracker.UserTables, source, default);
    }
}
