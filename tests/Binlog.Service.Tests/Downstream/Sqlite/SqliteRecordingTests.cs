using Binlog.Service.Downstream.Sqlite;
using Binlog.Service.Downstream.Verification;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Tests.Drainer;

namespace Binlog.Service.Tests.Downstream.Sqlite;

/// <summary>The whole recording into a file, compared with TiDB's own final tables.</summary>
public sealed class SqliteRecordingTests : IDisposable
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
        string file = _folder.PathOf("target.db");
        await using (Replica replica = await Replica.OpenAsync(new SqliteTarget(file, 1), _history))
        {
            await replica.ApplyAsync(RecordedStream.Payloads);
        }

        VerificationReport report = await VerifyAsync(file);
        Assert.Empty(report.Mismatched.SelectMany(table => table.Samples.Select(sample => $"{table.Schema}.{table.Table}: {sample}")));
        Assert.True(report.Equal);
        Assert.Equal(38, report.Tables.Count);
        Assert.Equal(report.Tables.Sum(table => table.ExpectedRows), report.Tables.Sum(table => table.Rows));
    }

    private async Task<VerificationReport> VerifyAsync(string file)
    {
        SchemaTracker tracker = await SchemaTracker.ReplayAsync(_history, long.MaxValue, default);
        using var source = new SqliteTableSource(file);
        return await TargetVerifier.CompareAsync(
            FinalTablesReader.ReadAsync(RecordedStream.PathOf("final_tables.json.gz"), default), tracker.UserTables, source, default);
    }
}
