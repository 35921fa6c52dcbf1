using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Binlog.Service.Hosting.Http;

/// <summary>
/// The original's answer to a request that asks for an action: HTTP status 200 whatever became of it, and indented JSON with a text,
/// a code and data. Source: tidb-binlog pkg/util/http.go.
/// </summary>
/// <param name="Message">What became of it.</param>
/// <param name="Code">One of the constants.</param>
internal sealed record ActionAnswer(string Message, int Code)
{
    /// <summary>Done.</summary>
    public const int Success = 200;

    /// <summary>What the request names does not exist.</summary>
    public const int NotFound = 2;

    /// <summary>Every other refusal.</summary>
    public const int Refused = 3;

    private static readonly JsonWriterOptions Format = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the answer.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json; charset=UTF-8";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter, Format);
        writer.WriteStartObject();
        writer.WriteString("message", Message);
        writer.WriteNumber("code", Code);
        writer.WriteNull("data");
        writer.WriteEndObject();
    }
}
