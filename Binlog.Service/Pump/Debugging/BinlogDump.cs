using System.Globalization;
using System.Text;
using Binlog.RelayLog;
using Binlog.Service.Pump.Reading;
using Binlog.Service.Pump.Storage;
using Binlog.TiDB;
using Binlog.TiDB.Records;

namespace Binlog.Service.Pump.Debugging;

/// <summary>
/// A text about stored binlogs: their fields, the tables of a prewrite and its rows. Rows are shown as bytes, because only the
/// tables' definitions tell what is in them. Bounded in size, whatever the binlog's.
/// </summary>
internal sealed class BinlogDump
{
    private const int MaxTables = 1000;
    private const int MaxRows = 1000;
    private const int MaxQueryBytes = 16 * 1024;
    private const int MaxShownBytes = 128;

    private readonly StringBuilder _text = new();
    private int _rows;

    /// <summary>What was found and where.</summary>
    public void Transaction(StoredBinlog found)
    {
        Line($"found: {found.Kind}");
        Line($"start TS: {Time(found.StartTs)}");
        Line($"commit TS: {(found.CommitTs == 0 ? "not known" : Time(found.CommitTs))}");
    }

    /// <summary>One record; of a large one not its DDL, tables and rows. A payload that does not decode is shown as bytes, with the reason.</summary>
    /// <exception cref="RelayLogException">The record is damaged or gone.</exception>
    public void Record(LargeRecord record)
    {
        Line($"");
        Line($"record at segment {record.Position.Segment}, offset {record.Position.Offset}: {record.Length} bytes");
        if (record.Length <= RecordWindow.LargeBytes)
        {
            Whole(record.ReadWhole());
        }
        else
        {
            Beginning(record);
        }
    }

    /// <inheritdoc />
    public override string ToString() => _text.ToString();

    private void Beginning(LargeRecord record)
    {
        byte[] beginning = new byte[MaxShownBytes + 1];
        record.Read(beginning, 0);
        try
        {
            byte[] envelope = BinlogEnvelope.Read(record);
            Fields(BinlogHeader.Parse(envelope), envelope);
        }
        catch (TiDBFormatException exception)
        {
            Line($"  can't be decoded: {exception.Message}");
        }

        Line($"  DDL, tables and rows are not shown, because the record has more than {RecordWindow.LargeBytes} bytes; binlogd inspect dump shows them");
        Line($"  bytes: {Hex(beginning)}");
    }

    private void Fields(in BinlogHeader header, ReadOnlySpan<byte> payload)
    {
        Line($"  type: {header.Type}{(header.IsFake ? " (fake)" : "")}");
        Line($"  start TS: {header.StartTs}");
        Line($"  commit TS: {header.CommitTs}");
        Line($"  prewrite key: {Hex(header.PrewriteKey.Of(payload))}");
    }

    private void Whole(ReadOnlySpan<byte> payload)
    {
        try
        {
            BinlogHeader header = BinlogHeader.Parse(payload);
            Fields(header, payload);
            if (header.IsDdl)
            {
                Line($"  DDL job: {header.DdlJobId}, schema state {header.DdlSchemaState}");
                Line($"  DDL query: {Query(header.DdlQuery.Of(payload))}");
            }

            if (!header.PrewriteValue.IsEmpty)
            {
                PrewriteValue(payload, header.PrewriteValue);
            }
        }
        catch (TiDBFormatException exception)
        {
            Line($"  can't be decoded: {exception.Message}");
            Line($"  bytes: {Hex(payload)}");
        }
    }

    private void PrewriteValue(ReadOnlySpan<byte> payload, ByteRange value)
    {
        var reader = new PrewriteValueReader(payload, value);
        Line($"  prewrite value: {value.Length} bytes, schema version {reader.SchemaVersion}");
        int tables = 0;
        while (reader.TryReadTable(out TableMutationReader table))
        {
            if (++tables <= MaxTables)
            {
                Table(payload, ref table);
            }
        }

        if (tables > MaxTables)
        {
            Line($"    and {tables - MaxTables} more tables");
        }
    }

    private void Table(ReadOnlySpan<byte> payload, ref TableMutationReader table)
    {
        Line($"    table {table.TableId}: {table.RowCount} rows");
        int shown = 0;
        for (; _rows < MaxRows && table.TryReadNext(out RowMutation mutation); _rows++)
        {
            shown++;
            Line($"      {mutation.Kind}, {mutation.Length} bytes: {Hex(payload.Slice(mutation.Offset, mutation.Length))}");
        }

        if (table.RowCount > shown)
        {
            Line($"      and {table.RowCount - shown} more rows");
        }
    }

    private void Line(FormattableString line) => _text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static string Time(ulong ts) =>
        string.Create(CultureInfo.InvariantCulture, $"{ts} ({new Tso(ts).ToDateTimeOffset():yyyy-MM-dd'T'HH:mm:ss.fff}Z, {new Tso(ts).Logical})");

    private static string Query(ReadOnlySpan<byte> utf8) => utf8.Length <= MaxQueryBytes
        ? Encoding.UTF8.GetString(utf8)
        : string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetString(utf8[..MaxQueryBytes])}… ({utf8.Length} bytes)");

    private static string Hex(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? "none"
        : bytes.Length <= MaxShownBytes ? Convert.ToHexStringLower(bytes)
        : $"{Convert.ToHexStringLower(bytes[..MaxShownBytes])}…";
}
