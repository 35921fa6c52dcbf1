using System.Net.Http.Json;
using System.Text.Json;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Hosting.Http;

namespace Binlog.Service.Commands.DrainerControl;

/// <summary>Calls a Drainer's port.</summary>
internal sealed class DrainerClient(HostPort drainer) : IDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = CallTimeout };

    /// <summary>Asks for a JSON document.</summary>
    /// <exception cref="ServiceException">The Drainer doesn't answer, or refuses.</exception>
    public Task<JsonDocument> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(new HttpRequestMessage(HttpMethod.Get, Address(path)), cancellationToken);

    /// <summary>Changes settings, and returns what is in effect then.</summary>
    /// <exception cref="ServiceException">The Drainer doesn't answer, or refuses.</exception>
    public Task<JsonDocument> SetAsync(IEnumerable<KeyValuePair<string, long>> changes, CancellationToken cancellationToken) => SendAsync(
        new HttpRequestMessage(HttpMethod.Put, Address("/settings")) { Content = JsonContent.Create(new Dictionary<string, long>(changes)) },
        cancellationToken);

    /// <summary>Asks for a change of state.</summary>
    /// <exception cref="ServiceException">The Drainer doesn't answer, or refuses.</exception>
    public async Task ActAsync(string nodeId, string action, CancellationToken cancellationToken)
    {
        using JsonDocument answer = await SendAsync(new HttpRequestMessage(HttpMethod.Put, Address($"/state/{Uri.EscapeDataString(nodeId)}/{action}")), cancellationToken);
        if (answer.RootElement.GetProperty("code").GetInt32() != ActionAnswer.Success)
        {
            throw new ServiceException($"{drainer}: {answer.RootElement.GetProperty("message").GetString()}");
        }
    }

    /// <inheritdoc />
    public void Dispose() => _client.Dispose();

    private Uri Address(string path) => new($"http://{drainer}{path}");

    private async Task<JsonDocument> SendAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = message;
        try
        {
            using HttpResponseMessage response = await _client.SendAsync(request, cancellationToken);
            string text = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.IsSuccessStatusCode ? JsonDocument.Parse(text) : throw new ServiceException($"{drainer}: {ReasonOf(text)}");
        }
        catch (JsonException exception)
        {
            throw new ServiceException($"{drainer} doesn't answer as a Drainer does: {exception.Message} Check that --drainer is the address of a Drainer.", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new ServiceException($"The Drainer at {drainer} can't be asked: {exception.Message} Check that it runs and that --drainer is its address.", exception);
        }
    }

    private static string ReasonOf(string text)
    {
        try
        {
            using JsonDocument answer = JsonDocument.Parse(text);
            return string.Join(' ', answer.RootElement.GetProperty("errors").EnumerateArray().Select(error => error.GetString()).Prepend(answer.RootElement.GetProperty("message").GetString()));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return text.Trim();
        }
    }
}
