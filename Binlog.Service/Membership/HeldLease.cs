using Binlog.Service.Embedded;

namespace Binlog.Service.Membership;

/// <summary>
/// What a node knows of the lease that the registry keeps for it. A write that succeeded was heard between its beginning and its end;
/// counted from the beginning, the node never takes its lease for longer than the registry does. Thread-safe.
/// </summary>
internal sealed class HeldLease(TimeProvider time)
{
    private readonly Lock _lock = new();
    private ClockReading? _heard;
    private ClockReading? _tried;
    private bool _isBroken = true;
    private long _term;
    private long _brokenAt = long.MinValue;

    /// <summary>The moment to give to <see cref="Note"/> after the write that begins now.</summary>
    public ClockReading Now => ClockReading.Of(time);

    /// <summary>
    /// Number of the span of time, counted from 1, during which the registry has had this node as alive without a break; null when it may
    /// not have it as alive at present.
    /// </summary>
    public long? Term
    {
        get
        {
            lock (_lock)
            {
                _isBroken |= IsOver(_heard);
                return _isBroken ? null : _term;
            }
        }
    }

    /// <summary>
    /// Whether the process went on since it last knew of its lease, never standing still for one. A write that fails at the end of such a
    /// stop tells nothing, one that succeeds does.
    /// </summary>
    public bool IsFollowed
    {
        get
        {
            lock (_lock)
            {
                return !IsOver(_tried);
            }
        }
    }

    /// <summary>Ends the term: only a write that begins after this begins a new one.</summary>
    public void Break()
    {
        lock (_lock)
        {
            _isBroken = true;
            _brokenAt = time.GetTimestamp();
        }
    }

    /// <summary>Notes a write of the node's entry that has ended.</summary>
    /// <param name="began">When it began.</param>
    /// <param name="isHeard">Whether the registry took it.</param>
    public void Note(ClockReading began, bool isHeard)
    {
        lock (_lock)
        {
            bool stoodStill = IsOver(_tried);
            if (isHeard || !stoodStill)
            {
                _tried = stoodStill ? began : Now;
            }

            if (isHeard)
            {
                if (began.Timestamp < _brokenAt)
                {
                    // It said what was true before the break.
                    return;
                }

                if (_isBroken || IsOver(_heard))
                {
                    _term++;
                }

                _isBroken = false;
                _heard = began;
            }
        }
    }

    private bool IsOver(ClockReading? since) => since is not { } reading || reading.MayBeAtLeast(NodeLeases.Lease, time);
}
