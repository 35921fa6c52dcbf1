using System.Text.Json;

namespace Binlog.Service.Pump.Storage;

/// <summary>The payload of a note record: who decided a transaction and why, as JSON. Fields: docs/formats/pump-store.md.</summary>
internal static class DecisionNote
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public static byte[] Write(TransactionDecision decision) => JsonSerializer.SerializeToUtf8Bytes(decision, Options);

    /// <summary>Reads a note; null when it isn't one.</summary>
    public static TransactionDecision? TryRead(ReadOnlySpan<byte> payload)
    {
        try
        {
            return JsonSerializer.Deserialize<TransactionDecision>(payload, Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
