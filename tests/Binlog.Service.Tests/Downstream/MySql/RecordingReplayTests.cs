using System.Diagnostics;
using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Drainer.Translating;
using Binlog.Service.Tests.Drainer;
using Binlog.TiDB.Records;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>The whole recording into the target, ending in TiDB's own final tables.</summary>
public sealed class RecordingReplayTests(MySqlTestServer server, ITestOutputHelper output) : IClassFixture<MySqlTestServer>
{
    [Theory]
    [InlineData(32, false)]
    [InlineData(32, true)]
    [InlineData(2000, true)]
    public async Task Apply_WholeRecording_EndsInTheFinalTables(int transactionsPerBatch, bool isCondensed)
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using var target = new MySqlTarget(server.Options());
        await target.OpenAsync(default);

        await ReplayAsync(target, transactionsPerBatch, isCondensed);

        await RecordedTables.AssertEqualAsync(look);
    }

    private async Task ReplayAsync(MySqlTarget target, int transactionsPerBatch, bool isCondensed)
    {
        using var history = new FileSchemaHistory(RecordedStream.PathOf("ddl_history_jobs.jsonl.gz"));
        var tracker = new SchemaTracker();
        var translator = new TransactionTranslator(tracker, history);
        var batch = new ChangeBatch();
        BatchCondenser? condenser = isCondensed ? new() : null;
        (long rows, ulong last) = (0, 0);
        long started = Stopwatch.GetTimestamp();
        foreach (ReadOnlyMemory<byte> payload in RecordedStream.Payloads)
        {
            BinlogHeader header = BinlogHeader.Parse(payload.Span);
            if (!header.IsDdl)
            {
                await translator.TranslateAsync(payload, batch, default);
                last = header.CommitTs;
                if (batch.Transactions < transactionsPerBatch)
                {
                    continue;
                }
            }

            rows += batch.Rows.Length;
            await FlushAsync(target, condenser, batch, last, tracker.Version);
            if (header.IsDdl && await translator.TranslateDdlAsync(payload, (await history.FindAsync(header.DdlJobId, default))!.Job, default) is { } change)
            {
                await target.ApplySchemaChangeAsync(change, new Checkpoint(header.CommitTs, tracker.Version), default);
            }
        }

        rows += batch.Rows.Length;
        await FlushAsync(target, condenser, batch, last, tracker.Version);
        output.WriteLine($"{rows} rows in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s");
        Assert.Equal(20_093, rows);
    }

    private static async Task FlushAsync(MySqlTarget target, BatchCondenser? condenser, ChangeBatch batch, ulong commitTs, long schemaVersion)
    {
        if (batch.Transactions > 0)
        {
            condenser?.Condense(batch);
            await target.ApplyAsync(batch, new Checkpoint(commitTs, schemaVersion), default);
            batch.Clear();
        }
    }
}
