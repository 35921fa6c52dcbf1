using System.IO.Compression;
using System.Text.Json;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Drainer.Translating;
using Binlog.TiDB.Records;

namespace Binlog.Service.Tests.Drainer.Translating;

/// <summary>The whole recording, row by row against what the original Drainer's translator made of it.</summary>
public sealed class RecordingTranslationTests
{
    [Fact]
    public async Task Translate_WholeRecording_EqualsTheOriginalsValues()
    {
        using var history = new FileSchemaHistory(RecordedStream.PathOf("ddl_history_jobs.jsonl.gz"));
        var translator = new TransactionTranslator(new SchemaTracker(), history);
        var batch = new ChangeBatch();
        using var expected = new StreamReader(new GZipStream(File.OpenRead(RecordedStream.PathOf("drainer_output.jsonl.gz")), CompressionMode.Decompress));
        int rows = 0;
        int changes = 0;
        foreach (ReadOnlyMemory<byte> payload in RecordedStream.Payloads)
        {
            BinlogHeader header = BinlogHeader.Parse(payload.Span);
            if (header.IsDdl)
            {
                SchemaHistoryEntry entry = (await history.FindAsync(header.DdlJobId, default))!;
                if (await translator.TranslateDdlAsync(payload, entry.Job, default) is { } change)
                {
                    AssertEqual(Next(expected), change);
                    changes++;
                }

                continue;
            }

            batch.Clear();
            await translator.TranslateAsync(payload, batch, default);
            Assert.Equal(1, batch.Transactions);
            if (!batch.Rows.IsEmpty)
            {
                AssertEqual(Next(expected), batch, header.CommitTs);
                rows += batch.Rows.Length;
            }
        }

        Assert.Null(expected.ReadLine());
        Assert.Equal(20_093, rows);
        Assert.Equal(210, changes);
        Assert.Equal(0, translator.RowsOfDroppedTables);
    }

    private static JsonElement Next(StreamReader lines) => JsonDocument.Parse(lines.ReadLine()!).RootElement;

    private static void AssertEqual(JsonElement expected, SchemaChange change)
    {
        Assert.Equal(expected.GetProperty("commit_ts").GetUInt64(), change.CommitTs);
        Assert.Equal(expected.GetProperty("ddl").GetString(), change.Query);
        Assert.Equal(expected.GetProperty("schema").GetString(), change.SchemaName);
    }

    private static void AssertEqual(JsonElement expected, ChangeBatch batch, ulong commitTs)
    {
        Assert.Equal(expected.GetProperty("commit_ts").GetUInt64(), commitTs);
        Assert.Equal(expected.GetProperty("dmls").GetArrayLength(), batch.Rows.Length);
        int row = 0;
        foreach (JsonElement dml in expected.GetProperty("dmls").EnumerateArray())
        {
            Assert.Equal(commitTs, batch.Rows[row].CommitTs);
            DrainerArguments.AssertEqual(dml, batch, batch.Rows[row++]);
        }
    }
}
