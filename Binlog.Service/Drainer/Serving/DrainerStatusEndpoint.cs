using System.Text.Json;
using Binlog.Service.Configuration.Settings;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Relaying;
using Microsoft.AspNetCore.Http;

namespace Binlog.Service.Drainer.Serving;

/// <summary><c>GET /status</c> of a Drainer in the original's JSON form, with an error text, the way of applying and a large transaction that is under way added.</summary>
internal sealed class DrainerStatusEndpoint(Collector collector, Relay relay, ApplyProgress progress, Func<string?> history, TimeProvider time)
{
    private static readonly TimeSpan SyncedAfter = TimeSpan.FromMinutes(5);

    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    public async Task HandleAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter);
        writer.WriteStartObject();
        writer.WriteStartObject("PumpPos");
        foreach (PumpSource source in collector.Sources)
        {
            writer.WriteNumber(source.NodeId, source.LastTs);
        }

        writer.WriteEndObject();
        writer.WriteBoolean("Synced", !progress.Pause.IsWished && time.GetUtcNow() - (progress.LastAppliedAt ?? _startedAt) > SyncedAfter);
        writer.WriteNumber("LastTS", progress.CommitTs);
        writer.WriteString("TsMap", "");
        writer.WriteString("ErrMsg", Join(progress.Failure, relay.Held) ?? relay.Failure ?? history() ?? StopReason() ?? collector.Held ?? WaitReason() ?? SilentReason() ?? "");
        writer.WriteString("Consistency", ApplySettings.Consistency.Type.Format(progress.Consistency));
        writer.WriteBoolean("SafeMode", progress.IsSafeMode);
        WritePause(writer);
        WriteLarge(writer);
        writer.WriteEndObject();
    }

    private void WriteLarge(Utf8JsonWriter writer)
    {
        if (progress.Large is not { } large)
        {
            return;
        }

        writer.WriteStartObject("LargeTransaction");
        writer.WriteNumber("CommitTS", large.CommitTs);
        writer.WriteNumber("Bytes", large.Bytes);
        writer.WriteString("Stage", large.Stage.ToString().ToLowerInvariant());
        writer.WriteNumber("RowsExecuted", large.Rows);
        writer.WriteNumber("Attempt", large.Attempt);
        writer.WriteNumber("Seconds", Math.Round((time.GetUtcNow() - large.Since).TotalSeconds, 3));
        writer.WriteEndObject();
    }

    private void WritePause(Utf8JsonWriter writer)
    {
        if (progress.Pause is { Since: { } since } pause && pause.Describe() is { } message)
        {
            writer.WriteStartObject("Paused");
            writer.WriteString("Since", since);
            writer.WriteBoolean("IsStill", pause.IsStill);
            writer.WriteString("Message", message);
            writer.WriteEndObject();
        }
    }

    /// <summary>A target that is away and a relay log that is full of what it lacks are told together: the second says that Pumps begin to fill.</summary>
    private static string? Join(string? failure, string? held) => failure is not null && held is not null ? $"{failure} Meanwhile {held}" : failure ?? held;

    private string? StopReason() => collector.Sources.FirstOrDefault(source => source.IsOver) is { } over
        ? $"stops: the Pump {over.NodeId} at {over.Address} {over.Failure}"
        : null;

    private string? SilentReason() => collector.Holds is [var hold, ..]
        ? $"waits for Pump {hold.Source.NodeId} at {hold.Source.Address}: {hold.Reason}"
        : null;

    private string? WaitReason() => collector.Sources.FirstOrDefault(source => source.Failure is not null) is { } failing
        ? $"waits for Pump {failing.NodeId} at {failing.Address}: {failing.Failure}"
        : null;
}
