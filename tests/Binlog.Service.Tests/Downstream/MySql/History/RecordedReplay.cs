using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Drainer.Translating;
using Binlog.Service.Tests.Drainer;
using Binlog.TiDB.Records;

namespace Binlog.Service.Tests.Downstream.MySql.History;

/// <summary>The recorded stream into one session of a target, in order and without an engine: what an engine must be equal to.</summary>
/// <param name="target">The target, open.</param>
/// <param name="transactionsPerBatch">How many upstream transactions share one of the target's.</param>
/// <param name="isCondensed">Whether each row's changes are made one.</param>
internal sealed class RecordedReplay(MySqlTarget target, int transactionsPerBatch, bool isCondensed) : IDisposable
{
    private readonly FileSchemaHistory _history = new(RecordedStream.PathOf("ddl_history_jobs.jsonl.gz"));
    private readonly SchemaTracker _tracker = new();
    private readonly ChangeBatch _batch = new();
    private readonly BatchCondenser? _condenser = isCondensed ? new() : null;
    private TransactionTranslator? _translator;
    private int _next;
    private ulong _last;

    /// <summary>Rows applied so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Applies everything up to a commit TS, and returns when it is durable.</summary>
    public async Task ApplyUpToAsync(ulong commitTs)
    {
        _translator ??= new TransactionTranslator(_tracker, _history);
        for (; _next < RecordedStream.Payloads.Count; _next++)
        {
            ReadOnlyMemory<byte> payload = RecordedStream.Payloads[_next];
            BinlogHeader header = BinlogHeader.Parse(payload.Span);
            if (header.CommitTs > commitTs)
            {
                break;
            }

            await AddAsync(payload, header);
        }

        await FlushAsync();
    }

    public void Dispose() => _history.Dispose();

    private async Task AddAsync(ReadOnlyMemory<byte> payload, BinlogHeader header)
    {
        if (!header.IsDdl)
        {
            await _translator!.TranslateAsync(payload, _batch, default);
            _last = header.CommitTs;
            if (_batch.Transactions >= transactionsPerBatch)
            {
                await FlushAsync();
            }

            return;
        }

        await FlushAsync();
        SchemaHistoryEntry entry = (await _history.FindAsync(header.DdlJobId, default))!;
        if (await _translator!.TranslateDdlAsync(payload, entry.Job, default) is { } change)
        {
            await target.ApplySchemaChangeAsync(change, new Checkpoint(header.CommitTs, _tracker.Version), default);
        }
    }

    private async Task FlushAsync()
    {
        if (_batch.Transactions > 0)
        {
            Rows += _batch.Rows.Length;
            _condenser?.Condense(_batch);
            await target.ApplyAsync(_batch, new Checkpoint(_last, _tracker.Version), default);
            _batch.Clear();
        }
    }
}
