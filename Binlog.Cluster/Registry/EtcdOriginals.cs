namespace Binlog.Cluster.Registry;

/// <summary>
/// Tells whether nodes live that keep no lease: those of the original, which only write their entry again and again. Such a node counts as alive until its
/// entry was watched for a lease and not written. Thread-safe.
/// </summary>
/// <remarks>
/// What counts is that the entry moves, not the time that is in it: the clocks of two machines don't matter. etcd that was away has heard nobody, which is
/// no sign of death: the watching begins anew when a call failed, or when none was made for half a lease.
/// </remarks>
internal sealed class EtcdOriginals(TimeProvider time)
{
    private static readonly TimeSpan LongestGap = EtcdNodeRegistry.Lease / 2;

    private readonly Lock _lock = new();
    private readonly Dictionary<(NodeRole Role, string NodeId), (long ModRevision, long Since)> _seen = [];
    private long? _presentSince;
    private long _lastAnswer;

    /// <summary>etcd has answered a call that was begun then.</summary>
    /// <param name="began">Timestamp of the call's beginning.</param>
    public void NoteAnswer(long began)
    {
        lock (_lock)
        {
            if (_presentSince is null || time.GetElapsedTime(_lastAnswer, began) >= LongestGap)
            {
                _presentSince = time.GetTimestamp();
            }

            _lastAnswer = time.GetTimestamp();
        }
    }

    /// <summary>A call has failed.</summary>
    public void NoteFailure()
    {
        lock (_lock)
        {
            _presentSince = null;
        }
    }

    /// <summary>Whether a node that should run may live, given its entry as etcd has it now.</summary>
    /// <param name="role">Its role.</param>
    /// <param name="nodeId">Its name.</param>
    /// <param name="modRevision">The store's revision of its newest write.</param>
    /// <param name="read">Timestamp of the beginning of the call that read it.</param>
    public bool MayLive(NodeRole role, string nodeId, long modRevision, long read)
    {
        lock (_lock)
        {
            if (!_seen.TryGetValue((role, nodeId), out (long ModRevision, long Since) seen) || seen.ModRevision != modRevision)
            {
                _seen[(role, nodeId)] = seen = (modRevision, time.GetTimestamp());
            }

            // From the end of the answer that showed it first to the beginning of the one that shows it now, nothing was written.
            return _presentSince is not { } present || time.GetElapsedTime(Math.Max(seen.Since, present), read) < EtcdNodeRegistry.Lease;
        }
    }
}
