using System.Text.Encodings.Web;
using System.Text.Json;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer.Tuning;

/// <summary><c>GET /settings</c> and <c>PUT /settings</c>: the settings that can be changed while a Drainer runs. A change lasts until the next start.</summary>
/// <param name="nodeId">The Drainer's name, for those who know its address only.</param>
/// <param name="tuning">What is in effect.</param>
/// <param name="logger">Where changes are noted.</param>
internal sealed partial class SettingsEndpoint(string nodeId, ApplyTuning tuning, ILogger logger)
{
    private const int LongestRequest = 64 * 1024;

    private static readonly JsonWriterOptions Format = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _changing = new();

    /// <summary>Answers what is in effect.</summary>
    public Task ShowAsync(HttpContext context) => WriteAsync(context);

    /// <summary>Takes a change, whole or not at all, and answers what is in effect then.</summary>
    public async Task ChangeAsync(HttpContext context)
    {
        if (await ReadBodyAsync(context.Request) is not { } json)
        {
            await RefuseAsync(context, [$"the request: it has more than {LongestRequest} bytes."]);
            return;
        }

        IReadOnlyList<string> errors;
        ApplyLimits before;
        ApplyLimits after;
        lock (_changing)
        {
            before = tuning.Limits;
            tuning.Limits = after = LimitsRequest.Read(json, before, out errors);
        }

        if (errors.Count > 0)
        {
            await RefuseAsync(context, errors);
            return;
        }

        LogChanged(after.Workers, after.Transactions, after.Rows, before.Workers, before.Transactions, before.Rows);
        await WriteAsync(context);
    }

    private static async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(HttpRequest request)
    {
        byte[] buffer = new byte[LongestRequest + 1];
        int length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
        return length > LongestRequest ? null : buffer.AsMemory(0, length);
    }

    private static async Task RefuseAsync(HttpContext context, IReadOnlyList<string> errors)
    {
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter, Format);
        writer.WriteStartObject();
        writer.WriteString("message", "Nothing was changed.");
        writer.WriteStartArray("errors");
        foreach (string error in errors)
        {
            writer.WriteStringValue(error);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private async Task WriteAsync(HttpContext context)
    {
        ApplyLimits limits = tuning.Limits;
        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter, Format);
        writer.WriteStartObject();
        writer.WriteString("nodeId", nodeId);
        Write(writer, limits);
        writer.WriteStartObject("configured");
        Write(writer, tuning.Configured);
        writer.WriteEndObject();
        writer.WriteString(
            "message",
            limits == tuning.Configured
                ? "This is what the configuration says."
                : "In effect until the next start, which takes what is configured. To keep a value, set drainer.workers, drainer.batchTransactions or drainer.batchRows in the configuration.");
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ApplyLimits limits)
    {
        writer.WriteNumber("workers", limits.Workers);
        writer.WriteNumber("batchTransactions", limits.Transactions);
        writer.WriteNumber("batchRows", limits.Rows);
    }

    [LoggerMessage(EventIds.DrainerTuned, LogLevel.Information, "Settings changed until the next start: workers {Workers}, batchTransactions {Transactions}, batchRows {Rows}; they were {WorkersBefore}, {TransactionsBefore}, {RowsBefore}.")]
    private partial void LogChanged(int workers, int transactions, int rows, int workersBefore, int transactionsBefore, int rowsBefore);
}
