using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Drainer.Translating;
using Binlog.TiDB.Records;

namespace Binlog.Service.Tests.Downstream;

/// <summary>The applying half of a Drainer in small: translator and target, whole transactions in batches, schema changes between them.</summary>
internal sealed class Replica : IAsyncDisposable
{
    private readonly ChangeBatch _batch = new();
    private readonly ISchemaHistory _history;
    private readonly int _transactionsPerBatch;

    private Replica(ITarget target, ISchemaHistory history, TransactionTranslator translator, Checkpoint checkpoint, int transactionsPerBatch)
    {
        Target = target;
        Translator = translator;
        Checkpoint = checkpoint;
        _history = history;
        _transactionsPerBatch = transactionsPerBatch;
    }

    public ITarget Target { get; }

    public TransactionTranslator Translator { get; }

    public Checkpoint Checkpoint { get; private set; }

    /// <summary>Opens the target and goes on from its checkpoint.</summary>
    public static async Task<Replica> OpenAsync(ITarget target, ISchemaHistory history, int transactionsPerBatch = 64)
    {
        Checkpoint checkpoint = await target.OpenAsync(default) ?? new Checkpoint(0, 0);
        SchemaTracker tracker = await SchemaTracker.ReplayAsync(history, checkpoint.SchemaVersion, default);
        return new Replica(target, history, new TransactionTranslator(tracker, history), checkpoint, transactionsPerBatch);
    }

    /// <summary>Applies those of the payloads that the target doesn't have yet.</summary>
    public async Task ApplyAsync(IEnumerable<ReadOnlyMemory<byte>> payloads)
    {
        ulong newest = Checkpoint.CommitTs;
        foreach (ReadOnlyMemory<byte> payload in payloads)
        {
            BinlogHeader header = BinlogHeader.Parse(payload.Span);
            if (header.CommitTs <= Checkpoint.CommitTs)
            {
                continue;
            }

            if (header.IsDdl)
            {
                await FlushAsync(newest);
                await ApplyDdlAsync(payload, header);
            }
            else
            {
                await Translator.TranslateAsync(payload, _batch, default);
                if (_batch.Transactions >= _transactionsPerBatch)
                {
                    await FlushAsync(header.CommitTs);
                }
            }

            newest = header.CommitTs;
        }

        await FlushAsync(newest);
    }

    public async ValueTask DisposeAsync() => await Target.DisposeAsync();

    private async Task ApplyDdlAsync(ReadOnlyMemory<byte> payload, BinlogHeader header)
    {
        SchemaHistoryEntry entry = (await _history.FindAsync(header.DdlJobId, default))!;
        SchemaChange? change = await Translator.TranslateDdlAsync(payload, entry.Job, default);
        var checkpoint = new Checkpoint(header.CommitTs, Translator.Tracker.Version);
        await (change is null
            ? Target.ApplyAsync(_batch, checkpoint, default)
            : Target.ApplySchemaChangeAsync(change, checkpoint, default));
        Checkpoint = checkpoint;
    }

    private async Task FlushAsync(ulong commitTs)
    {
        if (_batch.Transactions == 0)
        {
            return;
        }

        var checkpoint = new Checkpoint(commitTs, Checkpoint.SchemaVersion);
        await Target.ApplyAsync(_batch, checkpoint, default);
        Checkpoint = checkpoint;
        _batch.Clear();
    }
}
