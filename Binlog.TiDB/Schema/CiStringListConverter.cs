using System.Text.Json;
using System.Text.Json.Serialization;

namespace Binlog.TiDB.Schema;

/// <summary>An array of case-insensitive names.</summary>
internal sealed class CiStringListConverter : JsonConverter<IReadOnlyList<string>>
{
    public override IReadOnlyList<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException($"names are an array, not {reader.TokenType}");
        }

        var names = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            names.Add(CiStringConverter.ReadName(ref reader));
        }

        return names;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var name in value)
        {
            CiStringConverter.WriteName(writer, name);
        }

        writer.WriteEndArray();
    }
}
