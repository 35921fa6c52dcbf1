using System.Text.Json;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Bench;

/// <summary>Asks the HTTP endpoints of nodes. Thread-safe.</summary>
internal sealed class NodeHttp : IDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = CallTimeout };

    /// <summary>What a node answers, null when it doesn't, or not with JSON.</summary>
    /// <param name="node">The node's address.</param>
    /// <param name="path">Path of the endpoint.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task<JsonElement?> TryGetAsync(HostPort node, string path, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response = await _client.GetAsync(new Uri($"http://{node}{path}"), cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                return null;
            }

            await using Stream body = await response.Content.ReadAsStreamAsync(cancellationToken);
            using JsonDocument document = await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken);
            return document.RootElement.Clone();
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or IOException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Sends a request without a body to a node.</summary>
    /// <exception cref="StartFailedException">The node does not answer, or not with success.</exception>
    public async Task PutAsync(HostPort node, string path, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response = await _client.PutAsync(new Uri($"http://{node}{path}"), null, cancellationToken);
            response.EnsureSuccessStatusCode();
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new StartFailedException($"PUT {path} on {node} failed: {exception.Message}", exception);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _client.Dispose();
}
