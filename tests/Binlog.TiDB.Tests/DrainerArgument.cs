using System.Buffers;
using System.Text;
using System.Text.Json;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Tests;

/// <summary>A statement argument as the golden files write it: Go type and text.</summary>
public sealed record DrainerArgument(string Type, string Value)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static DrainerArgument FromJson(JsonElement argument) =>
        new(argument.GetProperty("t").GetString()!, argument.GetProperty("v").GetString()!);

    /// <summary>What drainer hands to its SQL driver for a value.</summary>
    public static DrainerArgument FromDatum(in Datum value, ReadOnlySpan<byte> source, FieldType type)
    {
        if (value.IsNull)
        {
            return new DrainerArgument("nil", "");
        }

        var writer = new ArrayBufferWriter<byte>();
        if (type.Tp == ColumnType.Json)
        {
            BinaryJson.WriteText(value.PayloadOf(source), writer, escapeHtml: true);
        }
        else if (type.Tp is ColumnType.Enum or ColumnType.Set or ColumnType.Bit)
        {
            return new DrainerArgument("uint64", $"{value.AsUInt64}");
        }
        else
        {
            ValueText.WriteText(value, source, type, writer);
        }

        return type.Tp switch
        {
            ColumnType.Float => new DrainerArgument("float32", Encoding.UTF8.GetString(writer.WrittenSpan)),
            ColumnType.Double => new DrainerArgument("float64", Encoding.UTF8.GetString(writer.WrittenSpan)),
            ColumnType.Year => new DrainerArgument("int64", Encoding.UTF8.GetString(writer.WrittenSpan)),
            _ when type.IsString => new DrainerArgument("bytes_hex", Convert.ToHexStringLower(writer.WrittenSpan)),
            _ when type.IsInteger => new DrainerArgument(type.IsUnsigned ? "uint64" : "int64", Encoding.UTF8.GetString(writer.WrittenSpan)),
            _ => new DrainerArgument("string", Strict.GetString(writer.WrittenSpan)),
        };
    }

    /// <summary>Raw bytes have two spellings in the golden files.</summary>
    public bool Means(DrainerArgument other) => this == other || (AsBytes() is { } bytes && other.AsBytes() is { } others && bytes == others);

    private string? AsBytes() => Type switch
    {
        "bytes_hex" or "string_hex" => Value,
        "string" => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Value)),
        _ => null,
    };
}
