using System.Text.Json;
using System.Text.Json.Serialization;

namespace Binlog.TiDB.Schema;

/// <summary>A case-insensitive name: <c>{"O":"Name","L":"name"}</c>, of which the original spelling is kept, or a plain string.</summary>
internal sealed class CiStringConverter : JsonConverter<string>
{
    public override bool HandleNull => true;

    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ReadName(ref reader);

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => WriteName(writer, value);

    internal static string ReadName(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return "";
            case JsonTokenType.String:
                return reader.GetString()!;
            case JsonTokenType.StartObject:
                break;
            default:
                throw new JsonException($"a name is an object or a string, not {reader.TokenType}");
        }

        var name = "";
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isOriginal = reader.ValueTextEquals("O"u8);
            reader.Read();
            if (isOriginal)
            {
                name = reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException("a name's O is a string");
            }
            else
            {
                reader.Skip();
            }
        }

        return name;
    }

    internal static void WriteName(Utf8JsonWriter writer, string value)
    {
        writer.WriteStartObject();
        writer.WriteString("O"u8, value);
        writer.WriteString("L"u8, value.ToLowerInvariant());
        writer.WriteEndObject();
    }
}
