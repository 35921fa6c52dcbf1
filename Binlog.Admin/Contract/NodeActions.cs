namespace Binlog.Admin.Contract;

/// <summary>What a running node can be asked to do.</summary>
public static class NodeActions
{
    /// <summary>A Pump ends and stays a member; a Drainer runs on and applies nothing.</summary>
    public const string Pause = "pause";

    /// <summary>A paused Drainer goes on. A paused Pump is brought back by starting its process.</summary>
    public const string Resume = "resume";

    /// <summary>The node leaves the cluster: a Pump once every Drainer has what it keeps, a Drainer at once.</summary>
    public const string Close = "close";

    /// <summary>A leaving Pump stays after all.</summary>
    public const string Cancel = "cancel";
}
