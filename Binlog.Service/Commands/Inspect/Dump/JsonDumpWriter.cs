using System.Buffers;
using System.Text;
using System.Text.Json;
using Binlog.RelayLog;
using Binlog.TiDB.Records;

namespace Binlog.Service.Commands.Inspect.Dump;

/// <summary>One JSON object per line. Holds 64 KiB, or one row when that is more.</summary>
internal sealed class JsonDumpWriter : IDumpWriter, IDisposable
{
    private const int FlushBytes = 64 * 1024;

    private readonly TextWriter _output;
    private readonly ArrayBufferWriter<byte> _buffer = new(2 * FlushBytes);
    private readonly Utf8JsonWriter _writer;
    private readonly RowJson _rows = new();

    public JsonDumpWriter(TextWriter output)
    {
        _output = output;
        _writer = new Utf8JsonWriter(_buffer, InspectJson.Options);
    }

    public void Write(DumpedRecord record, Func<DumpedTable, bool> isWanted)
    {
        InspectedItem item = record.Item;
        _writer.WriteStartObject();
        WriteHead(record.Kind, item);
        WriteTs("startTs", "startTime", item.Tag.StartTs);
        WriteTs("commitTs", "commitTime", item.Tag.CommitTs);
        _writer.WriteNumber("bytes", item.PayloadLength);
        WriteDdl(record);
        WriteOwn(record);
        if (record.Tables.Count > 0)
        {
            _writer.WriteNumber("schemaVersion", record.SchemaVersion);
            WriteTables(record, isWanted);
        }

        if (record.Problem is not null)
        {
            _writer.WriteString("problem", record.Problem);
        }

        EndLine();
    }

    public void WriteIrregular(in InspectedItem item)
    {
        _writer.WriteStartObject();
        WriteHead(NameOf(item.Kind), item);
        _writer.WriteNumber("endOffset", item.End);
        _writer.WriteNumber("lostRecords", item.LostRecords);
        if (item.Damage is { } damage)
        {
            _writer.WriteBoolean("isMinimum", damage.IsMinimum);
            _writer.WriteString("problem", $"expected {damage.Expected}, found {damage.Found}");
        }

        EndLine();
    }

    public void Flush()
    {
        _writer.Flush();
        _output.Write(Encoding.UTF8.GetString(_buffer.WrittenSpan));
        _buffer.ResetWrittenCount();
    }

    public void Dispose() => _writer.Dispose();

    /// <summary>The kind of an item that is no record.</summary>
    public static string NameOf(InspectedKind kind) => kind switch
    {
        InspectedKind.Gap => "gap",
        InspectedKind.Removed => "removed",
        _ => "damage",
    };

    private void WriteHead(string kind, in InspectedItem item)
    {
        _writer.WriteString("kind", kind);
        _writer.WriteNumber("segment", item.Position.Segment);
        _writer.WriteNumber("offset", item.Position.Offset);
        if (item.Sequence != 0)
        {
            _writer.WriteNumber("sequence", item.Sequence);
        }
    }

    private void WriteTs(string name, string timeName, ulong ts)
    {
        if (ts != 0)
        {
            _writer.WriteNumber(name, ts);
            _writer.WriteString(timeName, TsText.Time(ts));
        }
    }

    private void WriteDdl(DumpedRecord record)
    {
        if (!record.Header.IsDdl)
        {
            return;
        }

        _writer.WriteStartObject("ddl");
        _writer.WriteNumber("jobId", record.Header.DdlJobId);
        _writer.WriteString("query", record.Header.DdlQuery.IsEmpty ? record.Job?.Query : Encoding.UTF8.GetString(record.Header.DdlQuery.Of(record.Binlog.Span)));
        if (record.Job is { } job)
        {
            _writer.WriteString("type", job.Type.ToString());
            _writer.WriteString("schema", job.SchemaName);
            _writer.WriteString("table", job.TableName);
            _writer.WriteNumber("schemaVersion", job.Binlog.SchemaVersion);
        }

        _writer.WriteEndObject();
    }

    private void WriteOwn(DumpedRecord record)
    {
        if (record.Decision is { } decision)
        {
            _writer.WriteStartObject("decision");
            _writer.WriteString("outcome", decision.CommitTs is null ? "rollback" : "commit");
            WriteTs("commitTs", "commitTime", decision.CommitTs ?? 0);
            _writer.WriteString("by", decision.By);
            _writer.WriteString("reason", decision.Reason);
            _writer.WriteString("at", decision.At);
            _writer.WriteEndObject();
        }

        if (record.Retention is { } retention)
        {
            _writer.WriteStartObject("retention");
            WriteTs("limitTs", "limitTime", retention.Limit);
            _writer.WriteNumber("maxCommitTs", retention.MaxCommitTs);
            _writer.WriteNumber("sortedSegment", retention.UpTo.Segment);
            _writer.WriteNumber("sortedOffset", retention.UpTo.Offset);
            _writer.WriteStartArray("undecided");
            foreach (ulong startTs in retention.Undecided)
            {
                _writer.WriteNumberValue(startTs);
            }

            _writer.WriteEndArray();
            _writer.WriteEndObject();
        }
    }

    private void WriteTables(DumpedRecord record, Func<DumpedTable, bool> isWanted)
    {
        _writer.WriteStartArray("tables");
        ReadOnlySpan<byte> source = record.Binlog.Span;
        var reader = new PrewriteValueReader(source, record.Header.PrewriteValue);
        for (int index = 0; reader.TryReadTable(out TableMutationReader mutations); index++)
        {
            DumpedTable table = record.Tables[index];
            if (!isWanted(table))
            {
                continue;
            }

            _writer.WriteStartObject();
            _writer.WriteNumber("id", table.Id);
            _writer.WriteString("schema", table.Schema?.SchemaName);
            _writer.WriteString("table", table.Schema?.TableName);
            _writer.WriteNumber("inserts", table.Inserts);
            _writer.WriteNumber("updates", table.Updates);
            _writer.WriteNumber("deletes", table.Deletes);
            if (table.Schema is { } schema)
            {
                _writer.WriteStartArray("rows");
                while (mutations.TryReadNext(out RowMutation mutation))
                {
                    _rows.Write(_writer, schema, source, mutation);
                    FlushWhenFull();
                }

                _writer.WriteEndArray();
            }

            _writer.WriteEndObject();
        }

        _writer.WriteEndArray();
    }

    private void EndLine()
    {
        _writer.WriteEndObject();
        _writer.Flush();
        _writer.Reset();
        _buffer.Write("\n"u8);
        FlushWhenFull();
    }

    private void FlushWhenFull()
    {
        if (_buffer.WrittenCount + _writer.BytesPending >= FlushBytes)
        {
            Flush();
        }
    }
}
