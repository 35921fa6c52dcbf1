using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Binlog.Service.Drainer.Explaining;

/// <summary><c>GET /lag</c>: a <see cref="LagReport"/> as JSON.</summary>
internal sealed class LagEndpoint(Func<CancellationToken, Task<LagReport>> explain)
{
    private static readonly JsonWriterOptions Format = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task HandleAsync(HttpContext context)
    {
        LagReport report = await explain(context.RequestAborted);
        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter, Format);
        writer.WriteStartObject();
        writer.WriteNumber("lagMilliseconds", Milliseconds(report, report.AppliedTs));
        writer.WriteStartArray("reasons");
        foreach (LagReason reason in report.Reasons)
        {
            Write(writer, reason);
        }

        writer.WriteEndArray();
        writer.WriteStartObject("stages");
        Write(writer, "pulled", report, report.PulledTs ?? 0);
        Write(writer, "merged", report, report.MergedTs);
        Write(writer, "relayed", report, report.RelayedTs);
        Write(writer, "applied", report, report.AppliedTs);
        writer.WriteEndObject();
        writer.WriteStartObject("backlog");
        writer.WriteNumber("records", report.BacklogRecords);
        writer.WriteNumber("bytes", report.BacklogBytes);
        writer.WriteNumber("bytesPerSecond", Math.Round(report.Rate.BytesPerSecond));
        writer.WriteNumber("rowsPerSecond", Math.Round(report.Rate.RowsPerSecond));
        writer.WritePropertyName("secondsToCatchUp");
        JsonSerializer.Serialize(writer, report.SecondsToCatchUp is { } seconds ? Math.Round(seconds, 1) : (double?)null);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, LagReason reason)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", reason.Kind);
        writer.WriteString("where", reason.Where);
        writer.WriteString("message", reason.Message);
        writer.WriteStartObject("figures");
        foreach ((string name, decimal value) in reason.Figures)
        {
            writer.WriteNumber(name, value);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string stage, LagReport report, ulong commitTs)
    {
        writer.WriteStartObject(stage);
        writer.WriteNumber("commitTs", commitTs);
        writer.WriteNumber("lagMilliseconds", Milliseconds(report, commitTs));
        writer.WriteEndObject();
    }

    private static double Milliseconds(LagReport report, ulong commitTs) => Math.Round(report.LagOf(commitTs).TotalMilliseconds);
}
