using Binlog.Cluster.Registry;

namespace Binlog.Cluster.Pumps.Members;

/// <summary>The Pumps that a client knows, and which of them take prewrites. Thread-safe; readers take a snapshot without a lock.</summary>
/// <remarks>
/// Source of the rules: TiDB's Pump Client. A Pump that becomes online is available; one that leaves the state isn't. In between only writes and probes
/// say: too many failures in a row, or a refusal of new transactions, make it unavailable; a probe or a prewrite that it takes, available again.
/// </remarks>
internal sealed class PumpMembers(PumpConnector connector, int maxErrors)
{
    private readonly Lock _lock = new();

    /// <summary>Every Pump that was ever listed, by node ID: transactions are decided also on one that was removed.</summary>
    private readonly Dictionary<string, PumpNode> _known = new(StringComparer.Ordinal);

    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>All that are listed, in the source's order.</summary>
    public PumpNode[] Listed { get; private set => Volatile.Write(ref field, value); } = [];

    /// <summary>Those that are online.</summary>
    public PumpNode[] Online { get; private set => Volatile.Write(ref field, value); } = [];

    /// <summary>Those that take prewrites.</summary>
    public PumpNode[] Available { get; private set => Volatile.Write(ref field, value); } = [];

    /// <summary>Completes at the next change of the list.</summary>
    public Task Changed => Volatile.Read(ref _changed).Task;

    /// <summary>Takes over what the source lists now.</summary>
    public void Apply(IReadOnlyList<NodeStatus> pumps)
    {
        lock (_lock)
        {
            foreach (PumpNode node in Listed)
            {
                node.IsListed = false;
            }

            Listed = [.. pumps.Select(Update).Distinct()];
            foreach (PumpNode node in _known.Values.Where(node => !node.IsListed))
            {
                node.State = NodeState.Offline;
                node.IsAvailable = false;
            }

            Refresh();
            Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }
    }

    /// <summary>The Pump took a prewrite or a probe.</summary>
    public void Succeeded(PumpNode node)
    {
        if (!node.IsAvailable)
        {
            Set(node, isAvailable: true, "");
        }
    }

    /// <summary>The Pump did not take a prewrite or a probe.</summary>
    public void Failed(PumpNode node, PumpWriteException failure)
    {
        if (node.IsAvailable && failure.IsRefusingNew)
        {
            Set(node, isAvailable: false, $"It takes no new transactions: {failure.Detail}");
        }
        else if (node.IsAvailable && node.Errors > maxErrors)
        {
            Set(node, isAvailable: false, $"{node.Errors} writes in a row failed, the last one so: {failure.Detail}");
        }
    }

    /// <summary>What is known of the listed ones.</summary>
    public IReadOnlyList<PumpView> View()
    {
        lock (_lock)
        {
            return [.. Listed.Select(node => new PumpView(node.NodeId, node.Address, node.State, node.IsAvailable, node.AddressProblem.Length > 0 ? node.AddressProblem : node.Problem))];
        }
    }

    /// <summary>Closes all connections.</summary>
    public void Close()
    {
        lock (_lock)
        {
            foreach (PumpNode node in _known.Values)
            {
                node.Dispose();
            }
        }
    }

    private PumpNode Update(NodeStatus status)
    {
        if (!_known.TryGetValue(status.NodeId, out PumpNode? node))
        {
            node = new PumpNode(status.NodeId, connector);
            _known.Add(status.NodeId, node);
        }

        node.MoveTo(status.Host);
        node.IsListed = true;
        if (node.State != status.State)
        {
            node.State = status.State;
            SetUnderLock(node, status.State == NodeState.Online, "");
        }

        return node;
    }

    private void Set(PumpNode node, bool isAvailable, string problem)
    {
        lock (_lock)
        {
            if (node.State == NodeState.Online)
            {
                SetUnderLock(node, isAvailable, problem);
                Refresh();
            }
        }
    }

    private static void SetUnderLock(PumpNode node, bool isAvailable, string problem)
    {
        node.IsAvailable = isAvailable;
        node.Problem = problem;
        node.ResetErrors();
    }

    private void Refresh()
    {
        Online = [.. Listed.Where(node => node.State == NodeState.Online)];
        Available = [.. Online.Where(node => node.IsAvailable)];
    }
}
