using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Drainer.Translating;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Records;

namespace Binlog.Service.Tests.Drainer.Translating;

/// <summary>Translating in pieces gives what translating in memory gives.</summary>
public sealed class LargeTranslationTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, int.MaxValue)]
    [InlineData(5, int.MaxValue)]
    [InlineData(int.MaxValue, 100)]
    public async Task TranslatePiece_WholeRecording_GivesTheSameRows(int rows, int bytes)
    {
        using var history = new FileSchemaHistory(RecordedStream.PathOf("ddl_history_jobs.jsonl.gz"));
        var whole = new TransactionTranslator(new SchemaTracker(), history);
        var pieces = new TransactionTranslator(new SchemaTracker(), history);
        int total = 0;
        foreach (ReadOnlyMemory<byte> payload in RecordedStream.Payloads)
        {
            BinlogHeader header = BinlogHeader.Parse(payload.Span);
            if (header.IsDdl)
            {
                SchemaHistoryEntry entry = (await history.FindAsync(header.DdlJobId, Token))!;
                await whole.TranslateDdlAsync(payload, entry.Job, Token);
                await pieces.TranslateDdlAsync(payload, entry.Job, Token);
                continue;
            }

            var batch = new ChangeBatch();
            await whole.TranslateAsync(payload, batch, Token);
            List<string> actual = await TranslateAsync(pieces, payload, rows, bytes);
            Assert.Equal(Describe(batch), actual);
            Assert.Equal(whole.Tracker.Version, pieces.Tracker.Version);
            total += actual.Count;
        }

        Assert.Equal(20_093, total);
    }

    [Fact]
    public async Task TranslatePiece_RowIsDamaged_IsRefusedAsInMemory()
    {
        using var history = new FileSchemaHistory(RecordedStream.PathOf("ddl_history_jobs.jsonl.gz"));
        SchemaTracker tracker = await SchemaTracker.ReplayAsync(history, long.MaxValue, Token);
        var translator = new TransactionTranslator(tracker, history);
        var random = new Random(4);
        int compared = 0;
        foreach (ReadOnlyMemory<byte> payload in RecordedStream.Payloads.Where(payload => !BinlogHeader.Parse(payload.Span).IsDdl).Take(1500))
        {
            byte[] bytes = payload.ToArray();
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            string? expected = await RefusalAsync(() => translator.TranslateAsync(bytes, new ChangeBatch(), Token).AsTask());
            string? actual = await RefusalAsync(() => TranslateAsync(translator, bytes, 3, int.MaxValue));
            Assert.Equal(expected is null, actual is null);
            compared += expected is null ? 0 : 1;
        }

        Assert.InRange(compared, 100, 1500);
    }

    private static async Task<string?> RefusalAsync(Func<Task> action)
    {
        try
        {
            await action();
            return null;
        }
        catch (TranslationException exception)
        {
            return exception.Message;
        }
    }

    private static async Task<List<string>> TranslateAsync(TransactionTranslator translator, ReadOnlyMemory<byte> payload, int rows, int bytes)
    {
        var all = new List<string>();
        var batch = new ChangeBatch();
        LargeTransaction transaction = await translator.OpenLargeAsync(new Bytes(payload), Token);
        while (true)
        {
            batch.Clear();
            await translator.TranslatePieceAsync(transaction, batch, rows, bytes, Token);
            if (batch.Rows.IsEmpty)
            {
                Assert.True(transaction.IsOver);
                return all;
            }

            Assert.InRange(batch.Rows.Length, 1, rows);
            all.AddRange(Describe(batch));
        }
    }

    private static List<string> Describe(ChangeBatch batch)
    {
        var rows = new List<string>();
        foreach (RowChange row in batch.Rows)
        {
            rows.Add($"{row.Kind} {row.Table} {row.CommitTs} [{(row.OldValues < 0 ? "" : Describe(batch, batch.Old(row)))}] [{(row.NewValues < 0 ? "" : Describe(batch, batch.New(row)))}]");
        }

        return rows;
    }

    private static string Describe(ChangeBatch batch, ReadOnlySpan<Datum> values)
    {
        var text = new List<string>();
        foreach (Datum value in values)
        {
            text.Add($"{value.Kind}:{(KeyValues.RefersToBytes(value.Kind) ? Convert.ToHexString(value.PayloadOf(batch.Source)) : value.AsUInt64)}");
        }

        return string.Join(' ', text);
    }

    private sealed class Bytes(ReadOnlyMemory<byte> bytes) : IByteSource
    {
        public int Length => bytes.Length;

        public void Read(Span<byte> target, int offset) => bytes.Span.Slice(offset, target.Length).CopyTo(target);
    }
}
