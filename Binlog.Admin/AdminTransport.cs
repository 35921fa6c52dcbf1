using System;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Runtime.Serialization;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;
using Binlog.Admin.Contract;

namespace Binlog.Admin;

/// <summary>Sends requests to one host and turns what comes back into objects or an <see cref="AdminException"/>. Thread-safe.</summary>
internal sealed class AdminTransport : IDisposable
{
    /// <summary>Header with the user of a client, for the journal.</summary>
    internal const string UserHeader = "X-Binlog-User";

    private const string Json = "application/json";

    private readonly HttpClient _client;
    private readonly AdminClientOptions _options;

    public AdminTransport(AdminClientOptions options)
    {
        _options = options;
        _client = new HttpClient(options.Handler ?? CreateHandler(options), disposeHandler: options.Handler is null)
        {
            BaseAddress = options.Address,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public void Dispose() => _client.Dispose();

    public async Task<T> SendAsync<T>(HttpMethod method, string path, byte[]? body, bool isLong, CancellationToken cancellationToken)
        where T : class
    {
        byte[] json = await SendAsync(method, path, body, isLong, cancellationToken).ConfigureAwait(false);
        try
        {
            return AdminJson.Read<T>(json);
        }
        catch (Exception exception) when (exception is SerializationException or FormatException or OverflowException)
        {
            throw NotAHost($"its answer to {method} /{path} can't be read: {exception.Message}", exception);
        }
    }

    public async Task<byte[]> SendAsync(HttpMethod method, string path, byte[]? body, bool isLong, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (!isLong)
        {
            deadline.CancelAfter(_options.Timeout);
        }

        try
        {
            using HttpRequestMessage request = CreateRequest(method, path, body);
            using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token).ConfigureAwait(false);
            byte[] content = await ReadAsync(response, deadline.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode ? content : throw Refusal(response, content);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AdminException(
                ErrorCodes.HostUnreachable, 0, $"{_options.Address} has not answered for {_options.Timeout.TotalSeconds:0} s.", "Check that binlogd runs there; a change may have been made nevertheless: look at the node's state.", _options.Address.Authority, exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or WebException)
        {
            throw new AdminException(
                ErrorCodes.HostUnreachable, 0, $"{_options.Address} can't be reached: {Innermost(exception)}", "Check that binlogd runs there, and that the address, http or https, and certificates are right.", _options.Address.Authority, exception);
        }
    }

    private static HttpClientHandler CreateHandler(AdminClientOptions options)
    {
        var handler = new HttpClientHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false };
        if (options.Certificate is not null)
        {
            handler.ClientCertificateOptions = ClientCertificateOption.Manual;
            handler.ClientCertificates.Add(options.Certificate);
        }

        if (options.Authority is { } authority)
        {
            handler.ServerCertificateCustomValidationCallback = (_, certificate, _, errors) => IsOf(authority, certificate, errors);
        }

        return handler;
    }

    /// <summary>Whether a certificate that fits the host's name comes from one authority. Source: X509Chain of .NET Standard 2.0, which has no trust list of its own.</summary>
    private static bool IsOf(X509Certificate2 authority, X509Certificate2? certificate, SslPolicyErrors errors)
    {
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        chain.ChainPolicy.ExtraStore.Add(authority);
        if (!chain.Build(certificate) || chain.ChainElements.Count == 0)
        {
            return false;
        }

        byte[] root = chain.ChainElements[chain.ChainElements.Count - 1].Certificate.RawData;
        return AreEqual(root, authority.RawData);
    }

    private static bool AreEqual(byte[] left, byte[] right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (int i = 0; i < left.Length; i++)
        {
            if (left[i] != right[i])
            {
                return false;
            }
        }

        return true;
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using Stream stream = await response.Content.ReadAsStreamAsync().ConfigureAwait(false);
        using var content = new MemoryStream();
        await stream.CopyToAsync(content, 81920, cancellationToken).ConfigureAwait(false);
        return content.ToArray();
    }

    private static string Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception.Message;
    }

    private HttpRequestMessage CreateRequest(HttpMethod method, string path, byte[]? body)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(Json));
        request.Headers.TryAddWithoutValidation(UserHeader, Uri.EscapeDataString(_options.User ?? Environment.UserName));
        if (!string.IsNullOrEmpty(_options.Token))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.Token);
        }

        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(Json);
        }

        return request;
    }

    private AdminException Refusal(HttpResponseMessage response, byte[] content)
    {
        int status = (int)response.StatusCode;
        try
        {
            ErrorView error = AdminJson.Read<ErrorView>(content);
            if (!string.IsNullOrEmpty(error.Code))
            {
                return new AdminException(error.Code, status, error.Message ?? "", error.Remedy, error.Target);
            }
        }
        catch (Exception exception) when (exception is SerializationException or FormatException)
        {
            return NotAHost($"it answers with HTTP status {status}", exception);
        }

        return NotAHost($"it answers with HTTP status {status}", null);
    }

    private AdminException NotAHost(string found, Exception? exception) => new AdminException(
        ErrorCodes.HostUnreachable, 0, $"{_options.Address} doesn't answer as binlogd does: {found}.", "Check that the address is that of a Pump or a Drainer of this program.", _options.Address.Authority, exception);
}
