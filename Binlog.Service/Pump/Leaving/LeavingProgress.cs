using Binlog.Cluster.Registry;

namespace Binlog.Service.Pump.Leaving;

/// <summary>What a leaving Pump waits for, at one moment.</summary>
/// <param name="Phase">How far it is.</param>
/// <param name="CommitTs">The commit TS (TSO) that every Drainer has to reach; 0 while it is not known.</param>
/// <param name="Message">What is waited for and what can be done about it.</param>
/// <param name="Drainers">The Drainers that are not offline, by ID.</param>
internal sealed record LeavingProgress(LeavingPhase Phase, ulong CommitTs, string Message, IReadOnlyList<NodeStatus> Drainers)
{
    /// <summary>Not everything that was let in is written.</summary>
    public static LeavingProgress Finishing { get; } = new(LeavingPhase.Finishing, 0, "finishes the writes that were let in before", []);

    /// <summary>Not everything that was written is sorted.</summary>
    public static LeavingProgress Sorting { get; } = new(LeavingPhase.Deciding, 0, "puts in order what was written", []);

    /// <summary>The order is not complete.</summary>
    public static LeavingProgress Deciding(string problem) =>
        new(LeavingPhase.Deciding, 0, $"waits until everything is decided: {problem}", []);

    /// <summary>The Drainers' positions are not known.</summary>
    public static LeavingProgress RegistryAway(ulong commitTs, string problem) =>
        new(LeavingPhase.Delivering, commitTs, $"can't ask how far the Drainers are: {problem}", []);

    /// <summary>Compares what the registry has of the Drainers with what they need. An offline one needs nothing.</summary>
    public static LeavingProgress Delivering(ulong commitTs, IEnumerable<NodeStatus> registered)
    {
        List<NodeStatus> drainers = [.. registered.Where(drainer => drainer.State != NodeState.Offline)];
        List<NodeStatus> behind = [.. drainers.Where(drainer => (ulong)drainer.MaxCommitTs < commitTs)];
        return behind.Count > 0
            ? new LeavingProgress(LeavingPhase.Delivering, commitTs, string.Join(' ', behind.Select(drainer => Describe(drainer, commitTs))), drainers)
            : new LeavingProgress(LeavingPhase.Done, commitTs, drainers.Count == 0 ? "no Drainer is registered that could need its binlogs" : "every Drainer has everything", drainers);
    }

    /// <summary>What must change for the log to say it again before its time.</summary>
    public (LeavingPhase Phase, string Waiting) Situation => (
        Phase,
        string.Join(' ', Drainers.Where(drainer => (ulong)drainer.MaxCommitTs < CommitTs).Select(drainer => $"{drainer.NodeId} {drainer.State} {drainer.IsAlive}")));

    private static string Describe(NodeStatus drainer, ulong commitTs)
    {
        string position = $"has applied up to commit TS {drainer.MaxCommitTs}, needed is {commitTs}.";
        string remedy = $"Start it again, or, if it is gone for good and may lose what is missing, PUT /drainers/{drainer.NodeId}/offline to any node.";
        return drainer switch
        {
            { State: NodeState.Paused } => $"Drainer {drainer.NodeId} at {drainer.Host} is paused and {position} {remedy}",
            { IsAlive: false } => $"Drainer {drainer.NodeId} at {drainer.Host} is {drainer.State.ToName()} but sends no heartbeats, and {position} {remedy}",
            _ => $"Drainer {drainer.NodeId} at {drainer.Host} {position}",
        };
    }
}
