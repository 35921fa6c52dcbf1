using System.Net.Http.Json;
using System.Text.Json;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;

namespace Binlog.Service.Commands.Transactions;

/// <summary>Calls a Pump's <c>/transactions</c>.</summary>
internal sealed class TransactionsClient(HostPort pump) : IDisposable
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = CallTimeout };

    /// <summary>What the Pump waits for, as its JSON text.</summary>
    /// <exception cref="ServiceException">The Pump doesn't answer, or not with a list.</exception>
    public async Task<string> ListAsync(int limit, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Address($"/transactions?limit={limit}"));
        (bool isDone, string text) = await SendAsync(request, cancellationToken);
        return isDone ? text : throw new ServiceException($"{pump}: {MessageOf(text)}");
    }

    /// <summary>Decides a transaction.</summary>
    /// <returns>Whether it is decided, and what the Pump says about it.</returns>
    /// <exception cref="ServiceException">The Pump doesn't answer.</exception>
    public async Task<(bool IsDecided, string Message)> DecideAsync(TransactionsDecideOptions options, CancellationToken cancellationToken)
    {
        string outcome = options.CommitTs is { } commitTs ? $"commit/{commitTs}" : "rollback";
        using var request = new HttpRequestMessage(HttpMethod.Put, Address($"/transactions/{options.StartTs}/{outcome}"))
        {
            Content = JsonContent.Create(new Dictionary<string, string> { ["by"] = options.By, ["reason"] = options.Reason }),
        };
        (bool isDone, string text) = await SendAsync(request, cancellationToken);
        return (isDone, MessageOf(text));
    }

    /// <inheritdoc />
    public void Dispose() => _client.Dispose();

    private Uri Address(string path) => new($"http://{pump}{path}");

    private async Task<(bool IsDone, string Text)> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response = await _client.SendAsync(request, cancellationToken);
            return (response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new ServiceException($"The Pump at {pump} can't be reached: {exception.Message} Check that it runs and that --pump is its address.", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ServiceException($"The Pump at {pump} has not answered for {CallTimeout.TotalSeconds:0} s. Whether a decision was stored is shown by: binlogd transactions list --pump {pump}", exception);
        }
    }

    private static string MessageOf(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.GetProperty("message").GetString() ?? text;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return text.Trim();
        }
    }
}
