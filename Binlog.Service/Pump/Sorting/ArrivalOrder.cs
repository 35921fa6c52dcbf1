using Binlog.RelayLog;

namespace Binlog.Service.Pump.Sorting;

/// <summary>
/// The order of arrival, as far as it matters: the undecided prewrites, and of everything between two of them the greatest commit TS.
/// Every operation takes constant time, and memory is used for undecided prewrites only. Not thread-safe.
/// </summary>
internal sealed class ArrivalOrder
{
    private readonly Dictionary<ulong, Node> _nodes = [];
    private Node? _first;
    private Node? _last;

    /// <summary>The greatest commit TS that arrived before the first undecided prewrite.</summary>
    public ulong PassedCommitTs { get; private set; }

    /// <summary>Number of undecided prewrites.</summary>
    public int Count => _nodes.Count;

    /// <summary>The undecided prewrite that arrived first.</summary>
    public bool TryGetFirst(out UndecidedPrewrite first)
    {
        first = _first?.Value ?? default;
        return _first is not null;
    }

    public bool TryGet(ulong startTs, out UndecidedPrewrite prewrite)
    {
        bool isFound = _nodes.TryGetValue(startTs, out Node? node);
        prewrite = node?.Value ?? default;
        return isFound;
    }

    /// <summary>Adds a prewrite at the end; false when it is there already.</summary>
    public bool TryAddPrewrite(ulong startTs, LogPosition position, ulong commitTsAfter = 0)
    {
        var node = new Node(startTs, position, commitTsAfter) { Previous = _last };
        if (!_nodes.TryAdd(startTs, node))
        {
            return false;
        }

        if (_last is null)
        {
            _first = node;
        }
        else
        {
            _last.Next = node;
        }

        _last = node;
        return true;
    }

    /// <summary>A commit TS arrives at the end.</summary>
    public void AddCommitTs(ulong commitTs) => Raise(_last, commitTs);

    /// <summary>Everything up to a commit TS is known to have passed.</summary>
    public void Pass(ulong commitTs) => Raise(null, commitTs);

    /// <summary>Takes a prewrite out, because it is decided: what it held back is held back by the one before it, or by none.</summary>
    public bool TryRemove(ulong startTs, out LogPosition position)
    {
        if (!_nodes.Remove(startTs, out Node? node))
        {
            position = default;
            return false;
        }

        position = node.Position;
        Unlink(node);
        Raise(node.Previous, node.CommitTsAfter);
        return true;
    }

    /// <summary>The greatest commit TS that arrived before a prewrite; 0 when none did.</summary>
    public ulong CommitTsBefore(ulong startTs)
    {
        ulong commitTs = PassedCommitTs;
        foreach (UndecidedPrewrite prewrite in InOrder())
        {
            if (prewrite.StartTs == startTs)
            {
                break;
            }

            commitTs = Math.Max(commitTs, prewrite.CommitTsAfter);
        }

        return commitTs;
    }

    /// <summary>The undecided prewrites in order of arrival.</summary>
    public IEnumerable<UndecidedPrewrite> InOrder()
    {
        for (Node? node = _first; node is not null; node = node.Next)
        {
            yield return node.Value;
        }
    }

    private void Raise(Node? node, ulong commitTs)
    {
        if (node is null)
        {
            PassedCommitTs = Math.Max(PassedCommitTs, commitTs);
        }
        else
        {
            node.CommitTsAfter = Math.Max(node.CommitTsAfter, commitTs);
        }
    }

    private void Unlink(Node node)
    {
        if (node.Previous is null)
        {
            _first = node.Next;
        }
        else
        {
            node.Previous.Next = node.Next;
        }

        if (node.Next is null)
        {
            _last = node.Previous;
        }
        else
        {
            node.Next.Previous = node.Previous;
        }
    }

    private sealed class Node(ulong startTs, LogPosition position, ulong commitTsAfter)
    {
        public LogPosition Position => position;

        public ulong CommitTsAfter { get; set; } = commitTsAfter;

        public Node? Previous { get; set; }

        public Node? Next { get; set; }

        public UndecidedPrewrite Value => new(startTs, position, CommitTsAfter);
    }
}
