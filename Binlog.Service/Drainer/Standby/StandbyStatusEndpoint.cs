using System.Text.Json;
using Binlog.Service.Downstream.Claiming;
using Binlog.Service.Drainer.Applying;
using Microsoft.AspNetCore.Http;

namespace Binlog.Service.Drainer.Standby;

/// <summary><c>GET /status</c> of a Drainer that waits: the original's fields, of which <c>LastTS</c> is the active Drainer's, and <c>Standby</c>.</summary>
internal sealed class StandbyStatusEndpoint(TargetClaim claim, ApplyProgress progress)
{
    public async Task HandleAsync(HttpContext context)
    {
        ActiveDrainer? active = claim.Active;
        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter);
        writer.WriteStartObject();
        writer.WriteStartObject("PumpPos");
        writer.WriteEndObject();
        writer.WriteBoolean("Synced", false);
        writer.WriteNumber("LastTS", active?.CommitTs ?? 0);
        writer.WriteString("TsMap", "");
        writer.WriteString("ErrMsg", active?.Problem ?? (active is null ? progress.Failure : null) ?? "");
        writer.WriteStartObject("Standby");
        writer.WriteString("Active", active?.Name ?? "");
        writer.WriteString("Message", active is null ? "This Drainer is a standby; it looks for the active one or takes over." : $"This Drainer is a standby of {active.Name}.");
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
