using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Binlog.ClusterKit.Proxying;

/// <summary>
/// Passes the HTTP/2 requests below a path to another server, streams in both directions, headers and trailers included: what a PD does
/// with its etcd. Safe for concurrent use.
/// </summary>
internal sealed class PathProxy : IDisposable
{
    private readonly string _prefix;
    private readonly Uri _target;
    private readonly HttpMessageInvoker _http;

    /// <summary>Prepares a proxy.</summary>
    /// <param name="prefix">How the paths begin.</param>
    /// <param name="target">The other server, cleartext: <c>host:port</c> or <c>http://host:port</c>.</param>
    public PathProxy(string prefix, string target)
    {
        _prefix = prefix;
        _target = new Uri(target.Contains("://", StringComparison.Ordinal) ? target : "http://" + target);
        _http = new HttpMessageInvoker(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ActivityHeadersPropagator = null });
    }

    /// <summary>Puts it into an application, before what serves other paths.</summary>
    public void UseIn(IApplicationBuilder app) => app.Use(next => http => http.Request.Path.Value!.StartsWith(_prefix, StringComparison.Ordinal) ? PassAsync(http) : next(http));

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private async Task PassAsync(HttpContext http)
    {
        using var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), new Uri(_target, http.Request.Path.Value + http.Request.QueryString.Value))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new PipedContent(http.Request.BodyReader),
        };
        CopyHeaders(http.Request.Headers, request);
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, http.RequestAborted);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            // As a gRPC server that is not there.
            http.Response.ContentType = "application/grpc";
            http.Response.Headers["grpc-status"] = "14";
            return;
        }

        using (response)
        {
            await AnswerAsync(http, response);
        }
    }

    private static async Task AnswerAsync(HttpContext http, HttpResponseMessage response)
    {
        http.Response.StatusCode = (int)response.StatusCode;
        foreach ((string name, IEnumerable<string> values) in response.Headers.Concat(response.Content.Headers))
        {
            http.Response.Headers.Append(name, values.ToArray());
        }

        // A status in the headers is an answer without a body: it must end with them.
        if (response.Headers.Contains("grpc-status"))
        {
            return;
        }

        try
        {
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
            await using Stream body = await response.Content.ReadAsStreamAsync(http.RequestAborted);
            while (await body.ReadAsync(http.Response.BodyWriter.GetMemory(), http.RequestAborted) is > 0 and int read)
            {
                http.Response.BodyWriter.Advance(read);
                await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            http.Abort();
            return;
        }

        foreach ((string name, IEnumerable<string> values) in response.TrailingHeaders)
        {
            http.Response.AppendTrailer(name, values.ToArray());
        }
    }

    private static void CopyHeaders(IHeaderDictionary headers, HttpRequestMessage request)
    {
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in headers)
        {
            if (name.StartsWith(':') || name.Equals("host", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            if (!request.Headers.TryAddWithoutValidation(name, values.ToArray()))
            {
                request.Content!.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }
    }
}
