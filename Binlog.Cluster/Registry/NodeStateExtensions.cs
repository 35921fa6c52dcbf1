namespace Binlog.Cluster.Registry;

/// <summary>What states mean.</summary>
public static class NodeStateExtensions
{
    /// <summary>Whether a process should be running in this state.</summary>
    public static bool IsRunning(this NodeState state) => state is NodeState.Online or NodeState.Pausing or NodeState.Closing;

    /// <summary>The state's name in the registry, in JSON and in messages.</summary>
    public static string ToName(this NodeState state) => state switch
    {
        NodeState.Online => "online",
        NodeState.Pausing => "pausing",
        NodeState.Paused => "paused",
        NodeState.Closing => "closing",
        _ => "offline",
    };
}
