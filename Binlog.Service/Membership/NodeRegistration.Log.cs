using Binlog.Cluster.Registry;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Membership;

internal sealed partial class NodeRegistration
{
    [LoggerMessage(EventIds.NodeRegistered, LogLevel.Information, "{Role} {NodeId} is online at {Address}.")]
    private partial void LogRegistered(NodeRole role, string nodeId, string address);

    [LoggerMessage(EventIds.NodeRegistryFailed, LogLevel.Warning, "{Role} {NodeId} can't reach the cluster's registry, and goes on trying: {Reason}")]
    private partial void LogRegistryFailed(NodeRole role, string nodeId, string reason);

    [LoggerMessage(EventIds.NodeStateChanged, LogLevel.Information, "{Role} {NodeId} was {Before} and is {State} now.")]
    private partial void LogChanged(NodeRole role, string nodeId, string before, string state);

    [LoggerMessage(EventIds.NodeNameMayBeTaken, LogLevel.Warning, "The registry has {Role} {NodeId} as alive at {Address}. If that is a process that was killed, this start goes on when its lease ends.")]
    private partial void LogNameMayBeTaken(NodeRole role, string nodeId, string address);

    [LoggerMessage(EventIds.NodeLastStateUnknown, LogLevel.Error, "The registry could not be told that {Role} {NodeId} is {State}; it still has it as {Before}, and others wait for it. Start it and end it again when the registry is back, or set its state there by hand.")]
    private partial void LogLastStateUnknown(NodeRole role, string nodeId, string state, string before);
}
