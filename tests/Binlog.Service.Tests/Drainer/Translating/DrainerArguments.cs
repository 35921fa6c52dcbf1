using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Binlog.Service.Downstream;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Tests.Drainer.Translating;

/// <summary>A row change in the form in which the golden data names it: the arguments of the original's SQL statement.</summary>
internal static class DrainerArguments
{
    /// <summary>Compares a row with the statement that the original made of it.</summary>
    public static void AssertEqual(JsonElement dml, ChangeBatch batch, in RowChange row)
    {
        Assert.Equal(dml.GetProperty("schema").GetString(), row.Table.SchemaName);
        Assert.Equal(dml.GetProperty("table").GetString(), row.Table.TableName);
        Assert.Equal(dml.GetProperty("op").GetString(), row.Kind.ToString().ToLowerInvariant());
        JsonElement arguments = dml.GetProperty("args");
        Assert.Equal(arguments.ValueKind == JsonValueKind.Null ? [] : arguments.EnumerateArray().Select(Describe), Of(batch, row));
    }

    private static List<string> Of(ChangeBatch batch, in RowChange row)
    {
        TableSchema table = row.Table;
        var arguments = new List<string>();
        if (row.Kind != RowChangeKind.Delete)
        {
            foreach (int column in table.WritableColumns.OrderBy(column => table.Columns[column].Name, StringComparer.Ordinal))
            {
                arguments.Add(Describe(batch.New(row)[column], batch.Source, table.Columns[column].Type));
            }
        }

        if (row.Kind != RowChangeKind.Insert)
        {
            Datum[] old = batch.Old(row).ToArray();
            IEnumerable<int> key = table.UniqueKeys.FirstOrDefault(key => key.All(column => !old[column].IsNull), table.WritableColumns);
            foreach (int column in key.Where(column => !old[column].IsNull).OrderBy(column => table.Columns[column].Name, StringComparer.Ordinal))
            {
                arguments.Add(Describe(old[column], batch.Source, table.Columns[column].Type));
            }
        }

        return arguments;
    }

    private static string Describe(JsonElement argument)
    {
        string type = argument.GetProperty("t").GetString()!;
        string value = argument.GetProperty("v").GetString()!;
        return type switch
        {
            "float32" => $"float32 {BitConverter.SingleToUInt32Bits(float.Parse(value, CultureInfo.InvariantCulture)):x}",
            "float64" => $"float64 {BitConverter.DoubleToUInt64Bits(double.Parse(value, CultureInfo.InvariantCulture)):x}",
            "string_hex" or "bytes_hex" => $"text {value}",
            "nil" => "null",
            _ => Text(value),
        };
    }

    /// <summary>The original hands on the default of an absent column as text, whatever its type, so numbers are compared as text too.</summary>
    private static string Text(string value) => $"text {Convert.ToHexStringLower(Encoding.UTF8.GetBytes(value))}";

    private static string Describe(in Datum value, ReadOnlySpan<byte> source, FieldType type)
    {
        switch (value.Kind)
        {
            case DatumKind.Missing:
                return "missing";
            case DatumKind.Null:
                return "null";
            case DatumKind.Int64:
                return Text($"{value.AsInt64}");
            case DatumKind.UInt64 when !type.IsPackedTime:
                return Text($"{value.AsUInt64}");
            case DatumKind.Double when type.Tp == ColumnType.Float:
                return $"float32 {BitConverter.SingleToUInt32Bits((float)value.AsDouble):x}";
            case DatumKind.Double:
                return $"float64 {BitConverter.DoubleToUInt64Bits(value.AsDouble):x}";
            case DatumKind.Bytes:
                return $"text {Convert.ToHexStringLower(value.PayloadOf(source))}";
            default:
                var text = new ArrayBufferWriter<byte>();
                ValueText.WriteText(value, source, type, text);
                return $"text {Convert.ToHexStringLower(text.WrittenSpan)}";
        }
    }
}
