using System.Text.Json;
using Binlog.Cluster;
using Binlog.Cluster.Registry;
using Binlog.Service.Hosting;
using Binlog.Service.Hosting.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Membership;

/// <summary>
/// What a node's port tells of the registry and lets be changed there: <c>GET /drainers</c> as in the original, and
/// <c>PUT /pumps/{nodeID}/{state}</c>, <c>PUT /drainers/{nodeID}/{state}</c>, which set the state of a node whose process is gone (the
/// original's <c>binlogctl -cmd update-pump</c> writes to the registry itself). A node that lives is refused: it would soon write its
/// own state over it.
/// </summary>
internal sealed partial class RegistryEndpoints(INodeRegistry registry, ILogger logger)
{
    /// <summary>Lists all registered Drainers.</summary>
    public HttpEndpoint Drainers => HttpEndpoint.Get("/drainers", context => ListAsync(context, NodeRole.Drainer));

    /// <summary>Sets the state of a dead node.</summary>
    public IReadOnlyList<HttpEndpoint> Edits =>
    [
        HttpEndpoint.Put("/pumps/{nodeID}/{state}", context => EditAsync(context, NodeRole.Pump)),
        HttpEndpoint.Put("/drainers/{nodeID}/{state}", context => EditAsync(context, NodeRole.Drainer)),
    ];

    private async Task ListAsync(HttpContext context, NodeRole role)
    {
        IReadOnlyList<NodeStatus> nodes;
        try
        {
            nodes = await registry.ListAsync(role, context.RequestAborted);
        }
        catch (ClusterException exception)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync(exception.Message + "\n");
            return;
        }

        context.Response.ContentType = "application/json; charset=UTF-8";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter);
        writer.WriteStartArray();
        foreach (NodeStatus node in nodes)
        {
            writer.WriteRawValue(node.ToJson());
        }

        writer.WriteEndArray();
    }

    private async Task EditAsync(HttpContext context, NodeRole role)
    {
        string nodeId = (string)context.Request.RouteValues["nodeID"]!;
        string state = (string)context.Request.RouteValues["state"]!;
        await (await EditAsync(role, nodeId, state, context.RequestAborted)).WriteAsync(context);
    }

    private async Task<ActionAnswer> EditAsync(NodeRole role, string nodeId, string name, CancellationToken cancellationToken)
    {
        NodeState? state = name switch
        {
            "paused" => NodeState.Paused,
            "offline" => NodeState.Offline,
            _ => null,
        };
        if (state is null)
        {
            return new ActionAnswer($"state {name} is illegal: expected paused or offline; only a node that runs can be anything else", ActionAnswer.Refused);
        }

        try
        {
            IReadOnlyList<NodeStatus> nodes = await registry.ListAsync(role, cancellationToken);
            if (nodes.FirstOrDefault(node => node.NodeId == nodeId) is not { } found)
            {
                return new ActionAnswer($"{role} {nodeId} not found; the registry has: {string.Join(", ", nodes.Select(node => node.NodeId).DefaultIfEmpty("none"))}", ActionAnswer.NotFound);
            }

            if (found.IsAlive)
            {
                return new ActionAnswer($"{role} {nodeId} is alive at {found.Host} and {found.State.ToName()}: ask itself, by PUT http://{found.Host}/state/{nodeId}/pause or close", ActionAnswer.Refused);
            }

            if (!await registry.TryReplaceAsync(role, found, found with { State = state.Value }, cancellationToken))
            {
                return new ActionAnswer($"{role} {nodeId} was {found.State.ToName()} and not alive, but its entry has changed since: it was left as it is. Look at its state again", ActionAnswer.Refused);
            }

            LogEdited(role, nodeId, found.State.ToName(), name);
            return new ActionAnswer($"{role} {nodeId} was {found.State.ToName()} and is {name} now", ActionAnswer.Success);
        }
        catch (ClusterException exception)
        {
            return new ActionAnswer(exception.Message, ActionAnswer.Refused);
        }
    }

    [LoggerMessage(EventIds.NodeStateEdited, LogLevel.Warning, "By an operator's request, {Role} {NodeId}, which is not alive, was changed in the registry from {Before} to {State}.")]
    private partial void LogEdited(NodeRole role, string nodeId, string before, string state);
}
