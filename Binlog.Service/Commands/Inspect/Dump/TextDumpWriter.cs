using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Binlog.RelayLog;
using Binlog.TiDB.Records;

namespace Binlog.Service.Commands.Inspect.Dump;

/// <summary>A line per record, followed by indented ones for its DDL, tables and rows. Holds 64 KiB, or one row when that is more.</summary>
internal sealed class TextDumpWriter(TextWriter output) : IDumpWriter
{
    private const int FlushCharacters = 64 * 1024;

    private readonly StringBuilder _lines = new();
    private readonly ArrayBufferWriter<byte> _row = new();
    private readonly RowJson _rows = new();

    public void Write(DumpedRecord record, Func<DumpedTable, bool> isWanted)
    {
        InspectedItem item = record.Item;
        _lines.Append(CultureInfo.InvariantCulture, $"{item.Position} #{item.Sequence} {record.Kind}");
        if (item.Tag.StartTs != 0)
        {
            _lines.Append(CultureInfo.InvariantCulture, $" start {TsText.Full(item.Tag.StartTs)}");
        }

        if (item.Tag.CommitTs != 0)
        {
            _lines.Append(CultureInfo.InvariantCulture, $" commit {TsText.Full(item.Tag.CommitTs)}");
        }

        Line($" {item.PayloadLength.ToString(CultureInfo.InvariantCulture)} bytes");
        if (record.Header.IsDdl)
        {
            string? query = record.Header.DdlQuery.IsEmpty ? record.Job?.Query : Encoding.UTF8.GetString(record.Header.DdlQuery.Of(record.Binlog.Span));
            Line(string.Create(CultureInfo.InvariantCulture, $"  DDL job {record.Header.DdlJobId}: {query}"));
        }

        if (record.Decision is { } decision)
        {
            string outcome = decision.CommitTs is { } commitTs ? $"committed at {TsText.Full(commitTs)}" : "rolled back";
            Line($"  decided: {outcome}, by {decision.By} at {TsText.Time(decision.At)}: {decision.Reason}");
        }

        if (record.Retention is { } retention)
        {
            Line(string.Create(
                CultureInfo.InvariantCulture, $"  may be removed: everything up to {TsText.Full(retention.Limit)}; sorted then: up to {retention.UpTo}, max commit TS {retention.MaxCommitTs}, undecided: {(retention.Undecided.Count == 0 ? "none" : string.Join(", ", retention.Undecided))}"));
        }

        WriteTables(record, isWanted);
        if (record.Problem is not null)
        {
            Line($"  not decoded: {record.Problem}");
        }
    }

    public void WriteIrregular(in InspectedItem item)
    {
        string lost = item.LostRecords > 0
            ? string.Create(CultureInfo.InvariantCulture, $", {DamageText.AtLeast(item.Damage?.IsMinimum == true)}{item.LostRecords} records from sequence {item.Sequence} on are lost")
            : "";
        Line(item.Kind switch
        {
            InspectedKind.Gap => $"{item.Position} GAP, taken out by a repair{lost}",
            InspectedKind.Removed => $"{item.Position} the segment was removed by retention meanwhile",
            _ => string.Create(CultureInfo.InvariantCulture, $"{item.Position} DAMAGE up to byte {item.End}{lost}: expected {item.Damage!.Expected}, found {item.Damage.Found}"),
        });
    }

    public void Flush()
    {
        output.Write(_lines);
        _lines.Clear();
    }

    private void WriteTables(DumpedRecord record, Func<DumpedTable, bool> isWanted)
    {
        if (record.Tables.Count == 0)
        {
            return;
        }

        ReadOnlySpan<byte> source = record.Binlog.Span;
        var reader = new PrewriteValueReader(source, record.Header.PrewriteValue);
        for (int index = 0; reader.TryReadTable(out TableMutationReader mutations); index++)
        {
            DumpedTable table = record.Tables[index];
            if (!isWanted(table))
            {
                continue;
            }

            Line(string.Create(CultureInfo.InvariantCulture, $"  {table}: {table.Inserts} inserts, {table.Updates} updates, {table.Deletes} deletes"));
            while (table.Schema is not null && mutations.TryReadNext(out RowMutation mutation))
            {
                _row.ResetWrittenCount();
                using (var writer = new Utf8JsonWriter(_row, InspectJson.Options))
                {
                    _rows.Write(writer, table.Schema, source, mutation);
                }

                Line($"    {Encoding.UTF8.GetString(_row.WrittenSpan)}");
            }
        }
    }

    private void Line(string text)
    {
        _lines.Append(text).Append(output.NewLine);
        if (_lines.Length >= FlushCharacters)
        {
            Flush();
        }
    }
}
