using Binlog.Cluster.Registry;
using Binlog.Service.Hosting.Http;
using Microsoft.AspNetCore.Http;

namespace Binlog.Service.Membership;

/// <summary>
/// <c>PUT /state/{nodeID}/{action}</c>: asks a node to change its state. The answer comes at once; what the action starts goes on
/// afterwards. Texts are the original's, down to their spelling, because its users' scripts look for them.
/// </summary>
/// <param name="registration">The node.</param>
/// <param name="invalid">How the original's role of this kind spells "invalid".</param>
/// <param name="actions">What each action does; false when the state does not allow it.</param>
internal sealed class NodeStateEndpoint(NodeRegistration registration, string invalid, IReadOnlyDictionary<string, Func<bool>> actions)
{
    /// <summary>Where a node answers.</summary>
    public const string Template = "/state/{nodeID}/{action}";

    public Task HandleAsync(HttpContext context) =>
        Apply((string)context.Request.RouteValues["nodeID"]!, (string)context.Request.RouteValues["action"]!).WriteAsync(context);

    private ActionAnswer Apply(string nodeId, string action)
    {
        if (nodeId != registration.NodeId)
        {
            // The Drainer of the original says "pump" here too.
            return new ActionAnswer($"{invalid} nodeID {nodeId}, this pump's nodeID is {registration.NodeId}", ActionAnswer.Refused);
        }

        if (actions.TryGetValue(action, out Func<bool>? apply))
        {
            return apply() ? new ActionAnswer($"apply action {action} success!", ActionAnswer.Success) : RefusedInThisState(action);
        }

        return registration.State == NodeState.Online ? new ActionAnswer($"{invalid} action {action}", ActionAnswer.Refused) : RefusedInThisState(action);
    }

    private ActionAnswer RefusedInThisState(string action) =>
        new($"this pump's state is {registration.State.ToName()}, apply {action} failed!", ActionAnswer.Refused);
}
