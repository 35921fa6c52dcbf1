using System.Net;
using System.Net.Http.Headers;

namespace Binlog.Grpc.Tests.Fixtures;

/// <summary>A gRPC request made by hand over a plain HTTP/2 client, to see and send what is on the wire.</summary>
internal static class RawCall
{
    private static readonly HttpClient Http = new();

    public static async Task<(HttpResponseMessage Response, byte[] Body)> SendAsync(string uri, byte[] body, params (string Name, string Value)[] headers)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var request = new HttpRequestMessage(HttpMethod.Post, uri)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        foreach (var (name, value) in headers)
        {
            if (name == "content-type")
            {
                content.Headers.ContentType = new MediaTypeHeaderValue(value);
            }
            else
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        var response = await Http.SendAsync(request);
        return (response, await response.Content.ReadAsByteArrayAsync());
    }

    public static string? Header(HttpHeaders headers, string name) => headers.TryGetValues(name, out var values) ? string.Join(",", values) : null;
}
