using Binlog.Service.Configuration;
using Binlog.Service.Drainer.Applying.Large;
using Binlog.Service.Drainer.Applying.SchemaChanges;
using Binlog.Service.Drainer.Measuring;
using Binlog.Service.Metrics;
using Binlog.Service.Signals;

namespace Binlog.Service.Drainer.Applying;

/// <summary>How far applying is, for the status and for those who wait for it. One writer, any number of readers.</summary>
internal sealed class ApplyProgress
{
    private readonly AdvanceSignal _changed = new();
    private ulong _commitTs;
    private long _transactions;
    private long _rows;
    private long _schemaChanges;
    private long _movedAtTicks;
    private volatile SchemaChangeUnderWay? _schemaChange;
    private volatile ApplyConsistency _consistency;
    private volatile bool _isSafeMode;
    private volatile LargeTransactionUnderWay? _large;

    /// <summary>Everything up to this commit TS is applied and durable in the target.</summary>
    public ulong CommitTs => Volatile.Read(ref _commitTs);

    /// <summary>Upstream transactions applied since the start.</summary>
    public long Transactions => Volatile.Read(ref _transactions);

    /// <summary>Rows applied since the start.</summary>
    public long Rows => Volatile.Read(ref _rows);

    /// <summary>Schema changes applied since the start.</summary>
    public long SchemaChanges => Volatile.Read(ref _schemaChanges);

    /// <summary>Rows by kind, and checkpoints, since the start.</summary>
    public AppliedRows Applied { get; } = new();

    /// <summary>Whether an operator wants nothing applied.</summary>
    public ApplyPause Pause { get; } = new();

    /// <summary>Schema changes that are over, and the one that waits for somebody's choice.</summary>
    public SchemaChangeDesk Desk { get; } = new();

    /// <summary>How long applying takes.</summary>
    public ApplyTimings Timings { get; init; } = new(new MetricRegistry());

    /// <summary>When something was applied last; null before that.</summary>
    public DateTimeOffset? LastAppliedAt { get; private set; }

    /// <summary>When the target's checkpoint moved last; the earliest time before that.</summary>
    public DateTimeOffset MovedAt => new(Interlocked.Read(ref _movedAtTicks), TimeSpan.Zero);

    /// <summary>Why nothing is applied at present; null when all is well.</summary>
    public string? Failure { get; set; }

    /// <summary>What a reader of the target may see at present. Not what is configured while parts of transactions are in doubt, and with a target that takes none.</summary>
    public ApplyConsistency Consistency
    {
        get => _consistency;
        set => _consistency = value;
    }

    /// <summary>Whether rows may be there already, or be missing, by configuration.</summary>
    public bool IsSafeMode
    {
        get => _isSafeMode;
        set => _isSafeMode = value;
    }

    /// <summary>The schema change that the target is making; null when it makes none.</summary>
    public SchemaChangeUnderWay? SchemaChange
    {
        get => _schemaChange;
        set => _schemaChange = value;
    }

    /// <summary>The transaction that is applied in pieces; null when none is.</summary>
    public LargeTransactionUnderWay? Large
    {
        get => _large;
        set => _large = value;
    }

    /// <summary>Notes what has been committed in the target.</summary>
    public void Add(ulong commitTs, int transactions, int rows, int schemaChanges, DateTimeOffset now)
    {
        Volatile.Write(ref _transactions, _transactions + transactions);
        Volatile.Write(ref _rows, _rows + rows);
        Volatile.Write(ref _schemaChanges, _schemaChanges + schemaChanges);
        if (transactions + schemaChanges > 0)
        {
            LastAppliedAt = now;
        }

        Failure = null;
        Interlocked.Exchange(ref _movedAtTicks, now.UtcTicks);
        Volatile.Write(ref _commitTs, commitTs);
        _changed.Pulse();
    }

    /// <summary>Completes when everything up to <paramref name="commitTs"/> is applied.</summary>
    public async Task WaitForAsync(ulong commitTs, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed = _changed.Next;
            if (CommitTs >= commitTs)
            {
                return;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }
}
