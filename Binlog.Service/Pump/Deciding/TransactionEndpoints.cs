using System.Globalization;
using System.Text.Json;
using Binlog.Service.Hosting.Http;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;
using Binlog.TiDB;
using Microsoft.AspNetCore.Http;

namespace Binlog.Service.Pump.Deciding;

/// <summary>
/// The HTTP face of deciding: <c>GET /transactions</c>, <c>PUT /transactions/{startTs}/commit/{commitTs}</c> and
/// <c>PUT /transactions/{startTs}/rollback</c>. The answers to PUT have the form of the original's <c>/state</c>.
/// </summary>
internal sealed class TransactionEndpoints(IUndecidedStore store, OperatorDecisions decisions, HeldOrderWatch watch, FateLoop? asking, TimeProvider time)
{
    private const int DefaultLimit = 1000;

    /// <summary>All of them.</summary>
    public IReadOnlyList<HttpEndpoint> All =>
    [
        HttpEndpoint.Get("/transactions", ListAsync),
        HttpEndpoint.Put("/transactions/{startTs}/commit/{commitTs}", context => DecideAsync(context, isCommit: true)),
        HttpEndpoint.Put("/transactions/{startTs}/rollback", context => DecideAsync(context, isCommit: false)),
    ];

    private async Task ListAsync(HttpContext context)
    {
        string? limitText = context.Request.Query["limit"];
        if (!int.TryParse(limitText ?? $"{DefaultLimit}", NumberStyles.None, CultureInfo.InvariantCulture, out int limit))
        {
            await WriteAsync(context, DecisionAnswer.WrongParameter($"limit is \"{limitText}\"; expected a number from 0 to {int.MaxValue}."));
            return;
        }

        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        WriteHeld(writer, store.Held);
        writer.WriteString("source", asking?.SourceName);
        writer.WriteNumber("undecidedCount", store.UndecidedCount);
        writer.WriteStartArray("undecided");
        foreach (UndecidedTransaction transaction in store.ListUndecided(limit))
        {
            WriteUndecided(writer, transaction.StartTs);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void WriteHeld(Utf8JsonWriter writer, HeldOrder? held)
    {
        if (held is null)
        {
            writer.WriteNull("held");
            return;
        }

        writer.WriteStartObject("held");
        writer.WriteString("waitsFor", held.Kind == PumpRecordKind.Prewrite ? "outcome" : "prewrite");
        writer.WriteNumber("startTs", held.StartTs);
        writer.WriteNumber("commitTs", held.CommitTs);
        writer.WriteString("since", held.Since.UtcDateTime);
        writer.WriteNumber("seconds", Math.Round(watch.HeldSeconds, 3));
        writer.WriteNumber("waitingTransactions", store.WaitingCount);
        writer.WriteEndObject();
    }

    private void WriteUndecided(Utf8JsonWriter writer, ulong startTs)
    {
        DateTimeOffset startTime = new Tso(startTs).ToDateTimeOffset();
        writer.WriteStartObject();
        writer.WriteNumber("startTs", startTs);
        writer.WriteString("startTime", startTime.UtcDateTime);
        writer.WriteNumber("ageSeconds", Math.Round((time.GetUtcNow() - startTime).TotalSeconds, 3));
        if (asking is not null && asking.Answers.TryGetValue(startTs, out string? answer))
        {
            writer.WriteString("answer", answer);
        }

        writer.WriteEndObject();
    }

    private async Task DecideAsync(HttpContext context, bool isCommit)
    {
        ulong commitTs = 0;
        string? problem = ReadTimestamp(context, "startTs", out ulong startTs);
        if (problem is null && isCommit)
        {
            problem = ReadTimestamp(context, "commitTs", out commitTs);
        }

        DecisionBody body = default;
        if (problem is null)
        {
            (body, problem) = await DecisionBody.ReadAsync(context.Request, context.RequestAborted);
        }

        await WriteAsync(context, problem is null
            ? await decisions.DecideAsync(startTs, isCommit ? commitTs : null, body.By, body.Reason, context.RequestAborted)
            : DecisionAnswer.WrongParameter(problem));
    }

    /// <summary>What is wrong with a timestamp of the path, or null.</summary>
    private static string? ReadTimestamp(HttpContext context, string name, out ulong timestamp)
    {
        string text = context.Request.RouteValues[name] as string ?? "";
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out timestamp) ? null : $"{name} is \"{text}\"; expected a TSO, a decimal number.";
    }

    private static async Task WriteAsync(HttpContext context, DecisionAnswer answer)
    {
        context.Response.StatusCode = answer.HttpStatus;
        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("message", answer.Message);
        writer.WriteNumber("code", answer.Code);
        if (answer.Decision is { } decision)
        {
            writer.WriteStartObject("data");
            writer.WriteNumber("startTs", decision.StartTs);
            writer.WriteNumber("commitTs", decision.CommitTs ?? 0);
            writer.WriteString("by", decision.By);
            writer.WriteString("reason", decision.Reason);
            writer.WriteString("at", decision.At.UtcDateTime);
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteNull("data");
        }

        writer.WriteEndObject();
    }
}
