using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Binlog.Service.Downstream.Verification;

/// <summary>JSON as one text per value: members sorted, no white space, numbers by their value.</summary>
internal static class CanonicalJson
{
    /// <summary>The canonical text.</summary>
    /// <exception cref="FormatException">The text is no JSON.</exception>
    public static string Of(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var text = new StringBuilder(json.Length);
            Append(text, document.RootElement);
            return text.ToString();
        }
        catch (JsonException exception)
        {
            throw new FormatException($"Not JSON: {json}", exception);
        }
    }

    private static void Append(StringBuilder text, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                foreach (JsonProperty member in value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    text.Append(text[^1] == '{' ? "" : ",").Append(JsonSerializer.Serialize(member.Name)).Append(':');
                    Append(text, member.Value);
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                int index = 0;
                foreach (JsonElement element in value.EnumerateArray())
                {
                    text.Append(index++ == 0 ? "" : ",");
                    Append(text, element);
                }

                text.Append(']');
                break;
            case JsonValueKind.String:
                text.Append(JsonSerializer.Serialize(value.GetString()));
                break;
            case JsonValueKind.Number:
                text.Append(Number(value));
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    private static string Number(JsonElement value) =>
        value.TryGetInt64(out long integer) ? integer.ToString(CultureInfo.InvariantCulture)
        : value.TryGetUInt64(out ulong unsigned) ? unsigned.ToString(CultureInfo.InvariantCulture)
        : value.GetDouble() is var real && real == Math.Truncate(real) && Math.Abs(real) < 1e15 ? real.ToString("F0", CultureInfo.InvariantCulture)
        : value.GetDouble().ToString("R", CultureInfo.InvariantCulture);
}
