using System.Text.Encodings.Web;
using System.Text.Json;
using Binlog.Service.Drainer.Applying;
using Microsoft.AspNetCore.Http;

namespace Binlog.Service.Drainer.Serving;

/// <summary><c>GET /commit_ts</c>: the target's commit TS in the original's form. Source: tidb-binlog drainer/server.go, <c>GetLatestTS</c>.</summary>
internal sealed class CommitTsEndpoint(ApplyProgress progress)
{
    private static readonly JsonWriterOptions Format = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task HandleAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json; charset=UTF-8";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter, Format);
        writer.WriteStartObject();
        writer.WriteString("message", "get drainer's latest ts success!");
        writer.WriteNumber("code", StatusCodes.Status200OK);
        writer.WriteStartObject("data");
        writer.WriteNumber("ts", progress.CommitTs);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
