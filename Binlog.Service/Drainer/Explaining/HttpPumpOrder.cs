using System.Text.Json;

namespace Binlog.Service.Drainer.Explaining;

/// <summary>Reads <c>GET /transactions</c> of Pumps that serve cleartext.</summary>
internal sealed class HttpPumpOrder : IPumpOrder, IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Patience };

    /// <inheritdoc/>
    public async Task<HeldPumpOrder?> AskAsync(string address, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response = await _client.GetAsync(new Uri($"http://{address}/transactions?limit=0"), cancellationToken);
            using JsonDocument document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
            JsonElement held = document.RootElement.GetProperty("held");
            return held.ValueKind == JsonValueKind.Null
                ? null
                : new HeldPumpOrder(held.GetProperty("startTs").GetUInt64(), held.GetProperty("waitsFor").GetString() == "outcome", held.GetProperty("seconds").GetDouble(), held.GetProperty("waitingTransactions").GetInt64());
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }
}
