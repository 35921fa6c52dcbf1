namespace Binlog.Service.Drainer.Schema;

/// <summary>Where the jobs of a history are, by job and by schema version. One caller at a time.</summary>
/// <typeparam name="TPlace">Where a job's JSON is.</typeparam>
internal sealed class HistoryIndex<TPlace>
{
    private readonly Dictionary<long, TPlace> _byJob = [];
    private readonly List<(long SchemaVersion, TPlace Place)> _applicable = [];
    private bool _isSorted = true;

    /// <summary>The newest schema version that a job made; 0 when there is none.</summary>
    public long NewestVersion => Sorted.Count == 0 ? 0 : Sorted[^1].SchemaVersion;

    /// <summary>How many jobs there are, failed ones included.</summary>
    public int Count => _byJob.Count;

    private List<(long SchemaVersion, TPlace Place)> Sorted
    {
        get
        {
            if (!_isSorted)
            {
                _applicable.Sort((left, right) => left.SchemaVersion.CompareTo(right.SchemaVersion));
                _isSorted = true;
            }

            return _applicable;
        }
    }

    /// <summary>Adds a job; false when there is one with its ID.</summary>
    public bool TryAdd(JobHead head, TPlace place)
    {
        if (!_byJob.TryAdd(head.JobId, place))
        {
            return false;
        }

        if (head.IsApplicable)
        {
            _isSorted &= _applicable.Count == 0 || _applicable[^1].SchemaVersion <= head.SchemaVersion;
            _applicable.Add((head.SchemaVersion, place));
        }

        return true;
    }

    /// <summary>Finds a job.</summary>
    public bool TryFind(long jobId, out TPlace place) => _byJob.TryGetValue(jobId, out place!);

    /// <summary>Jobs that took effect after one version and up to another, by version.</summary>
    public IEnumerable<TPlace> Applicable(long after, long upTo) =>
        Sorted.SkipWhile(job => job.SchemaVersion <= after).TakeWhile(job => job.SchemaVersion <= upTo).Select(job => job.Place);
}
