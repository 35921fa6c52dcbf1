using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Drainer.Translating;
using Binlog.TiDB.Records;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>Feeds binlogs of an upstream to a target the way a Drainer does, one transaction at a time.</summary>
internal sealed class Upstream(ISchemaHistory history, SchemaTracker tracker)
{
    private readonly TransactionTranslator _translator = new(tracker, history);
    private readonly ChangeBatch _batch = new();

    /// <summary>Applies a binlog; returns its rows' tables, none for DDL.</summary>
    public async Task<IReadOnlyList<TableSchema>> ApplyAsync(ITarget target, ReadOnlyMemory<byte> payload)
    {
        BinlogHeader header = BinlogHeader.Parse(payload.Span);
        if (!header.IsDdl)
        {
            _batch.Clear();
            await _translator.TranslateAsync(payload, _batch, default);
            await target.ApplyAsync(_batch, new Checkpoint(header.CommitTs, tracker.Version), default);
            return [.. _batch.Rows.ToArray().Select(row => row.Table).Distinct()];
        }

        SchemaHistoryEntry entry = (await history.FindAsync(header.DdlJobId, default))!;
        if (await _translator.TranslateDdlAsync(payload, entry.Job, default) is { } change)
        {
            await target.ApplySchemaChangeAsync(change, new Checkpoint(header.CommitTs, tracker.Version), default);
        }
        else
        {
            _batch.Clear();
            await target.ApplyAsync(_batch, new Checkpoint(header.CommitTs, tracker.Version), default);
        }

        return [];
    }
}
