using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Binlog.Service.Pump.Deciding;

/// <summary>The JSON body of a decision: who decides, and why. A missing text is empty.</summary>
internal readonly record struct DecisionBody(string By, string Reason)
{
    private const int MaxBytes = 16 << 10;

    /// <summary>Reads a request's body.</summary>
    /// <returns>The body, or what is wrong with it.</returns>
    public static async Task<(DecisionBody Body, string? Problem)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[MaxBytes + 1];
        int length = await request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        if (length > MaxBytes)
        {
            return (default, $"The body is longer than {MaxBytes} bytes.");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes.AsMemory(0, length));
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? (new DecisionBody(TextOf(document.RootElement, "by"), TextOf(document.RootElement, "reason")), null)
                : (default, "The body is JSON, but no object.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // An empty or unreadable body (also half a surrogate pair in a text) has neither text: the answer to that shows what one looks like.
            return (new DecisionBody("", ""), null);
        }
    }

    private static string TextOf(JsonElement body, string name) =>
        body.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() ?? "" : "";
}
