using System.Globalization;
using Binlog.RelayLog;
using Binlog.Service.Drainer;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;
using Binlog.TiDB;
using Binlog.TiDB.Records;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Commands.Inspect.Dump;

/// <summary>Decodes records in the order of the log. A record that can't be decoded says why.</summary>
internal sealed class RecordDecoder(LogKind kind, DumpSchema schema)
{
    /// <exception cref="Drainer.Schema.SchemaHistoryException">The history can't be read or contradicts itself.</exception>
    public async ValueTask<DumpedRecord> DecodeAsync(InspectedItem item, CancellationToken cancellationToken)
    {
        var record = new DumpedRecord { Item = item, Kind = NameOf(item.Tag.Kind) };
        try
        {
            return await DecodeAsync(record, cancellationToken);
        }
        catch (Exception exception) when (exception is TiDBFormatException or DrainerException or StoreFormatException)
        {
            return record with { Problem = exception.Message };
        }
    }

    private async ValueTask<DumpedRecord> DecodeAsync(DumpedRecord record, CancellationToken cancellationToken)
    {
        InspectedItem item = record.Item;
        if (kind == LogKind.Pump && (PumpRecordKind)item.Tag.Kind is PumpRecordKind.Retention or PumpRecordKind.Note)
        {
            return DecodeOwn(record);
        }

        if (item.Payload.IsEmpty && item.PayloadLength > 0)
        {
            return record with { Problem = string.Create(CultureInfo.InvariantCulture, $"what is in it is only checked, because it is larger than {InspectionReader.LargestPayloadBytes} bytes") };
        }

        ReadOnlyMemory<byte> binlog = item.Payload;
        DdlJob? job = null;
        if (kind == LogKind.Relay && item.Tag.Kind == (ushort)RelayRecordKind.Ddl)
        {
            (ReadOnlyMemory<byte> jobJson, binlog) = RelayDdl.Split(item.Payload, item.Tag.CommitTs);
            job = RelayDdl.ParseJob(jobJson.Span, item.Tag.CommitTs);
            await schema.ApplyAsync(job, cancellationToken);
        }

        if (binlog.IsEmpty || !IsBinlog(item.Tag.Kind))
        {
            return record;
        }

        BinlogHeader header = BinlogHeader.Parse(binlog.Span);
        if (job is null && header.IsDdl)
        {
            job = await schema.FindJobAsync(header.DdlJobId, cancellationToken);
        }

        record = record with { Binlog = binlog, Header = header, Job = job };
        if (header.PrewriteValue.IsEmpty)
        {
            return record;
        }

        long version = new PrewriteValueReader(binlog.Span, header.PrewriteValue).SchemaVersion;
        await schema.CatchUpAsync(version, cancellationToken);
        return record with { SchemaVersion = version, Tables = TablesOf(binlog.Span, header) };
    }

    /// <summary>What the Pump itself writes between the binlogs.</summary>
    private static DumpedRecord DecodeOwn(DumpedRecord record)
    {
        InspectedItem item = record.Item;
        if ((PumpRecordKind)item.Tag.Kind == PumpRecordKind.Retention)
        {
            return record with { Retention = RetentionPayload.Read(item.Payload.Span, item.Position) };
        }

        TransactionDecision? decision = DecisionNote.TryRead(item.Payload.Span);
        return record with { Decision = decision, Problem = decision is null ? "expected a note in JSON (docs/formats/pump-store.md), found something else" : null };
    }

    private List<DumpedTable> TablesOf(ReadOnlySpan<byte> binlog, in BinlogHeader header)
    {
        var tables = new List<DumpedTable>();
        var reader = new PrewriteValueReader(binlog, header.PrewriteValue);
        while (reader.TryReadTable(out TableMutationReader mutations))
        {
            (int inserts, int updates, int deletes) = (0, 0, 0);
            while (mutations.TryReadNext(out RowMutation mutation))
            {
                _ = mutation.Kind switch
                {
                    MutationType.Insert => inserts++,
                    MutationType.Update => updates++,
                    _ => deletes++,
                };
            }

            tables.Add(new DumpedTable(mutations.TableId, schema.Find(mutations.TableId), inserts, updates, deletes));
        }

        return tables;
    }

    /// <summary>Records of kinds that this version doesn't know are shown without what is in them.</summary>
    private bool IsBinlog(ushort number) => kind switch
    {
        LogKind.Pump => (PumpRecordKind)number is PumpRecordKind.Prewrite or PumpRecordKind.Commit or PumpRecordKind.Rollback or PumpRecordKind.Fake,
        LogKind.Relay => number is (ushort)RelayRecordKind.Transaction or (ushort)RelayRecordKind.Ddl,
        _ => false,
    };

    private string NameOf(ushort number)
    {
        string? name = kind switch
        {
            LogKind.Pump when Enum.IsDefined((PumpRecordKind)number) => ((PumpRecordKind)number).ToString(),
            LogKind.Relay when Enum.IsDefined((RelayRecordKind)number) => ((RelayRecordKind)number).ToString(),
            _ => null,
        };
        return name is null ? string.Create(CultureInfo.InvariantCulture, $"kind {number}") : char.ToLowerInvariant(name[0]) + name[1..];
    }
}
