using System.Text.Json;
using Binlog.Cluster.Registry;
using Binlog.Cluster;
using Binlog.Service.Membership;
using Binlog.Service.Pump.Leaving;
using Binlog.Service.Pump.Retention;
using Binlog.Service.Pump.Storage;
using Microsoft.AspNetCore.Http;

namespace Binlog.Service.Pump.Serving;

/// <summary>
/// <c>GET /status</c> of a Pump in the original's JSON form: all Pumps of the registry, the cluster's timestamp, and an error
/// text of all that needs attention. This Pump's own entry carries its present position. What it keeps is added, and what it waits for
/// while it is leaving.
/// </summary>
internal sealed class PumpStatusEndpoint(ClusterAccess cluster, NodeRegistration registration, PumpStore store, PumpLifecycle lifecycle, PumpRetention retention)
{
    public async Task HandleAsync(HttpContext context)
    {
        RetentionStatus kept = retention.Status;
        var problems = new List<string>();
        if (store.SortingProblem is { } stopped)
        {
            problems.Add(store.SortingFault is null ? stopped.Message : $"ordering has stopped: {stopped.Message}");
        }

        var nodes = new List<NodeStatus>();
        ulong commitTs = 0;
        try
        {
            nodes.AddRange(await cluster.Registry.ListAsync(NodeRole.Pump, context.RequestAborted));
            commitTs = await cluster.Tso.ObserveAsync(store.MaxSeenTs, context.RequestAborted);
        }
        catch (ClusterException exception)
        {
            problems.Add(exception.Message);
        }

        if (kept.Problem is { } problem)
        {
            problems.Add(problem);
        }

        NodeStatus own = registration.Status;
        nodes.RemoveAll(node => node.NodeId == own.NodeId);
        nodes.Add(own);
        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter);
        writer.WriteStartObject();
        writer.WriteStartObject("status");
        foreach (NodeStatus node in nodes)
        {
            writer.WritePropertyName(node.NodeId);
            writer.WriteRawValue(node.ToJson());
        }

        writer.WriteEndObject();
        writer.WriteNumber("CommitTS", commitTs);
        writer.WriteStartObject("Checkpoint");
        writer.WriteEndObject();
        writer.WriteString("ErrMsg", string.Join("; ", problems));
        if (lifecycle.Progress is { } progress)
        {
            Write(writer, progress);
        }

        writer.WritePropertyName("retention");
        RetentionJson.WriteSummary(writer, kept);

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, LeavingProgress progress)
    {
        writer.WriteStartObject("leaving");
        writer.WriteString("phase", JsonNamingPolicy.CamelCase.ConvertName(progress.Phase.ToString()));
        writer.WriteNumber("commitTS", progress.CommitTs);
        writer.WriteString("message", progress.Message);
        writer.WriteStartArray("drainers");
        foreach (NodeStatus drainer in progress.Drainers)
        {
            writer.WriteRawValue(drainer.ToJson());
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
