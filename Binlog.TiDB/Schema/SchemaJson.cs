using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Binlog.TiDB.Schema;

/// <summary>Turns whatever the JSON reader throws for foreign text into the library's one exception.</summary>
internal static class SchemaJson
{
    public static T Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, string what)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new TiDBFormatException(what, 0, "a JSON object", "null");
        }
        catch (JsonException exception)
        {
            throw new TiDBFormatException(
                what, exception.BytePositionInLine ?? 0, "TiDB's JSON", $"{exception.Message} (path {exception.Path ?? "$"})", exception);
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException or OverflowException or ArgumentException)
        {
            throw new TiDBFormatException(what, 0, "TiDB's JSON", exception.Message, exception);
        }
    }
}
