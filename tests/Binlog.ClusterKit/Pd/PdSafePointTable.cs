namespace Binlog.ClusterKit.Pd;

/// <summary>The service GC safe points of a PD, with TiDB's own among them. Thread-safe. Source: tikv/pd, SafePointManager.</summary>
/// <param name="time">Clock of the expiry.</param>
internal sealed class PdSafePointTable(TimeProvider time)
{
    /// <summary>The service that TiDB collects garbage by; it never expires.</summary>
    public const string GcWorker = "gc_worker";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal) { [GcWorker] = new Entry(0, DateTimeOffset.MaxValue) };

    /// <summary>Up to where garbage was collected: TiDB moves it and its own safe point to the smallest of all.</summary>
    public ulong Collected { get; private set; }

    /// <summary>Who keeps what at present.</summary>
    public IReadOnlyDictionary<string, ulong> Entries
    {
        get
        {
            lock (_lock)
            {
                DropExpired();
                return _entries.ToDictionary(entry => entry.Key, entry => entry.Value.SafePoint);
            }
        }
    }

    /// <summary>TiDB wants to collect up to a TSO, and does up to the smallest safe point of the others.</summary>
    public ulong Collect(ulong wanted)
    {
        lock (_lock)
        {
            DropExpired();
            ulong others = _entries.Where(entry => entry.Key != GcWorker).Select(entry => entry.Value.SafePoint).DefaultIfEmpty(ulong.MaxValue).Min();
            Collected = Math.Max(Collected, Math.Min(wanted, others));
            _entries[GcWorker] = new Entry(Collected, DateTimeOffset.MaxValue);
            return Collected;
        }
    }

    /// <summary>Sets, or with a time of 0 or less removes, a service's safe point. One below the smallest changes nothing.</summary>
    /// <returns>The smallest afterwards, and the seconds that it still holds.</returns>
    public (string ServiceId, ulong SafePoint, long Seconds) Update(string serviceId, long seconds, ulong safePoint)
    {
        lock (_lock)
        {
            DropExpired();
            if (seconds <= 0)
            {
                if (serviceId == GcWorker)
                {
                    throw new InvalidOperationException("cannot remove service safe point of gc_worker");
                }

                _entries.Remove(serviceId);
            }
            else if (safePoint >= Smallest().Value.SafePoint)
            {
                if (serviceId.Length == 0)
                {
                    throw new InvalidOperationException("service id of service safepoint cannot be empty");
                }

                _entries[serviceId] = new Entry(safePoint, time.GetUtcNow().AddSeconds(seconds));
            }

            (string service, Entry entry) = Smallest();
            return (service, entry.SafePoint, entry.ExpiresAt == DateTimeOffset.MaxValue ? long.MaxValue : (long)(entry.ExpiresAt - time.GetUtcNow()).TotalSeconds);
        }
    }

    private KeyValuePair<string, Entry> Smallest() => _entries.MinBy(entry => entry.Value.SafePoint);

    private void DropExpired()
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach (string expired in _entries.Where(entry => entry.Value.ExpiresAt <= now).Select(entry => entry.Key).ToList())
        {
            _entries.Remove(expired);
        }
    }

    private sealed record Entry(ulong SafePoint, DateTimeOffset ExpiresAt);
}
