using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Binlog.Service.Downstream;
using Binlog.TiDB;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Records;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Commands.Inspect.Dump;

/// <summary>Writes rows as JSON objects, column by name. Columns that the binlog doesn't carry are left out. Not thread-safe.</summary>
internal sealed class RowJson
{
    private readonly ArrayBufferWriter<byte> _text = new();
    private Datum[] _values = [];
    private Datum[] _newValues = [];

    /// <summary>Writes one row change as an object with "op" and "row", or "old" and "new". A row that doesn't fit the table is given as bytes, with the reason.</summary>
    public void Write(Utf8JsonWriter writer, TableSchema table, ReadOnlySpan<byte> source, in RowMutation mutation)
    {
        int count = table.Decoder.ColumnCount;
        if (_values.Length < count)
        {
            _values = new Datum[count];
            _newValues = new Datum[count];
        }

        writer.WriteStartObject();
        try
        {
            switch (mutation.Kind)
            {
                case MutationType.Insert:
                    writer.WriteString("op", "insert");
                    table.Decoder.DecodeInsert(source, mutation.Offset, mutation.Length, _values);
                    WriteRow(writer, "row", table, _values, source);
                    break;
                case MutationType.Update:
                    writer.WriteString("op", "update");
                    table.Decoder.DecodeUpdate(source, mutation.Offset, mutation.Length, _values, _newValues);
                    WriteRow(writer, "old", table, _values, source);
                    WriteRow(writer, "new", table, _newValues, source);
                    break;
                default:
                    writer.WriteString("op", "delete");
                    table.Decoder.DecodeDelete(source, mutation.Offset, mutation.Length, _values);
                    WriteRow(writer, "row", table, _values, source);
                    break;
            }
        }
        catch (TiDBFormatException exception)
        {
            writer.WriteString("problem", exception.Message);
            writer.WriteString("bytes", Convert.ToHexString(source.Slice(mutation.Offset, mutation.Length)));
        }

        writer.WriteEndObject();
    }

    private void WriteRow(Utf8JsonWriter writer, string name, TableSchema table, Datum[] values, ReadOnlySpan<byte> source)
    {
        writer.WriteStartObject(name);
        for (int column = 0; column < table.Decoder.ColumnCount; column++)
        {
            if (!values[column].IsMissing)
            {
                ColumnInfo info = table.Decoder.Columns[column];
                writer.WritePropertyName(info.Name);
                WriteValue(writer, values[column], info.Type, source);
            }
        }

        writer.WriteEndObject();
    }

    private void WriteValue(Utf8JsonWriter writer, in Datum value, FieldType type, ReadOnlySpan<byte> source)
    {
        switch (value.Kind)
        {
            case DatumKind.Null:
                writer.WriteNullValue();
                break;
            case DatumKind.Int64 when type.IsInteger:
                writer.WriteNumberValue(value.AsInt64);
                break;
            case DatumKind.UInt64 when type.IsInteger:
                writer.WriteNumberValue(value.AsUInt64);
                break;
            case DatumKind.Bytes when type.IsBinary || !Utf8.IsValid(value.PayloadOf(source)):
            case DatumKind.MaxValue:
                writer.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"0x{Convert.ToHexString(value.PayloadOf(source))}"));
                break;
            default:
                WriteText(writer, value, type, source);
                break;
        }
    }

    /// <summary>A value that doesn't fit its type is given as such: the row's other values are good all the same.</summary>
    private void WriteText(Utf8JsonWriter writer, in Datum value, FieldType type, ReadOnlySpan<byte> source)
    {
        _text.ResetWrittenCount();
        try
        {
            ValueText.WriteText(value, source, type, _text);
        }
        catch (TiDBFormatException exception)
        {
            writer.WriteStringValue($"({exception.Message})");
            return;
        }

        if (Utf8.IsValid(_text.WrittenSpan))
        {
            writer.WriteStringValue(_text.WrittenSpan);
        }
        else
        {
            writer.WriteStringValue($"0x{Convert.ToHexString(_text.WrittenSpan)}");
        }
    }
}
