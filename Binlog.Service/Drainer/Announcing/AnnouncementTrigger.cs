using Binlog.Service.Drainer.Collecting;

namespace Binlog.Service.Drainer.Announcing;

/// <summary>
/// Notices when a transaction waits for Pumps that have sent nothing as new as it, and asks these to announce how far they are. Where all
/// Pumps are busy nothing is asked, because each has something newer soon; nor where nothing is written. Thread-safe.
/// </summary>
/// <remarks>
/// It looks at what has arrived, not at what the merge waits for: a Pump whose newest binlog is older than a transaction holds that up sooner or later,
/// also while older ones of it are still in hand.
/// </remarks>
internal sealed class AnnouncementTrigger : IDisposable
{
    /// <summary>For so long other Pumps' own binlogs are waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(2);

    private readonly Func<IReadOnlyList<PumpSource>> _sources;
    private readonly ITimer _timer;
    private ulong _newest;
    private ulong _due;
    private int _isArmed;

    /// <summary>Looks at the sources as they are then.</summary>
    public AnnouncementTrigger(Func<IReadOnlyList<PumpSource>> sources, TimeProvider time)
    {
        _sources = sources;
        _timer = time.CreateTimer(static state => ((AnnouncementTrigger)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Notes a transaction that has arrived from a Pump.</summary>
    public void Note(ulong commitTs)
    {
        ulong newest = Volatile.Read(ref _newest);
        while (commitTs > newest)
        {
            ulong found = Interlocked.CompareExchange(ref _newest, commitTs, newest);
            if (found == newest)
            {
                break;
            }

            newest = found;
        }

        if (Volatile.Read(ref _isArmed) == 0)
        {
            Arm();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();

    private void Arm()
    {
        if (Interlocked.CompareExchange(ref _isArmed, 1, 0) == 0)
        {
            Volatile.Write(ref _due, Volatile.Read(ref _newest));
            _timer.Change(Patience, Timeout.InfiniteTimeSpan);
        }
    }

    private void Look()
    {
        ulong due = Volatile.Read(ref _due);
        ulong newest = Volatile.Read(ref _newest);
        foreach (PumpSource source in _sources())
        {
            if (source.LastTs < due)
            {
                source.AskToAnnounce(newest);
            }
        }

        // What arrived since this look was due has a look of its own.
        Interlocked.Exchange(ref _isArmed, 0);
        if (Volatile.Read(ref _newest) > due)
        {
            Arm();
        }
    }
}
