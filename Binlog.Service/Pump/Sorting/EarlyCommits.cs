namespace Binlog.Service.Pump.Sorting;

/// <summary>Commits that came before their prewrite. They are rare; each holds the order at its commit TS. Not thread-safe.</summary>
internal sealed class EarlyCommits(WaitingCommits waiting)
{
    private readonly Dictionary<ulong, Arrival> _byStartTs = [];
    private readonly SortedSet<(ulong CommitTs, ulong StartTs)> _byCommitTs = [];

    public int Count => _byStartTs.Count;

    /// <summary>The order may not go above this.</summary>
    public ulong Limit => _byCommitTs.Count == 0 ? ulong.MaxValue : _byCommitTs.Min.CommitTs - 1;

    /// <summary>The one with the smallest commit TS, or null.</summary>
    public Arrival? First => _byCommitTs.Count == 0 ? null : _byStartTs[_byCommitTs.Min.StartTs];

    /// <summary>All, by commit TS.</summary>
    public IEnumerable<Arrival> InOrder() => _byCommitTs.Select(commit => _byStartTs[commit.StartTs]);

    /// <summary>Adds one.</summary>
    /// <param name="commit">The commit; those at one commit TS in order of arrival.</param>
    /// <param name="hasCommitTs">Whether its commit TS is still free, so that no other can have it until this one is given up.</param>
    public void Add(in Arrival commit, bool hasCommitTs)
    {
        _byStartTs.Add(commit.StartTs, commit);
        _byCommitTs.Add((commit.CommitTs, commit.StartTs));
        if (hasCommitTs)
        {
            waiting.TryAdd(commit.CommitTs, commit.StartTs);
        }
    }

    public bool TryGet(ulong startTs, out Arrival commit) => _byStartTs.TryGetValue(startTs, out commit);

    public bool TryRemove(ulong startTs, out Arrival commit)
    {
        if (_byStartTs.Count == 0 || !_byStartTs.Remove(startTs, out commit))
        {
            commit = default;
            return false;
        }

        _byCommitTs.Remove((commit.CommitTs, startTs));
        if (waiting.Remove(commit.CommitTs, startTs) && FindFirstAt(commit.CommitTs) is { } next)
        {
            waiting.TryAdd(next.CommitTs, next.StartTs);
        }

        return true;
    }

    /// <summary>Drops those at or below a commit TS.</summary>
    public void RemoveUpTo(ulong commitTs)
    {
        while (_byCommitTs.Count > 0 && _byCommitTs.Min.CommitTs <= commitTs)
        {
            TryRemove(_byCommitTs.Min.StartTs, out _);
        }
    }
    private Arrival? FindFirstAt(ulong commitTs)
    {
        Arrival[] others = [.. _byCommitTs.GetViewBetween((commitTs, 0), (commitTs, ulong.MaxValue)).Select(commit => _byStartTs[commit.StartTs])];
        return others.Length == 0 ? null : others.MinBy(commit => commit.Position);
    }
}
