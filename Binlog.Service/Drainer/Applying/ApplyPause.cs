using Binlog.Service.Signals;

namespace Binlog.Service.Drainer.Applying;

/// <summary>
/// An operator's wish that nothing be applied for a while. Applying stops behind the groups that are under way; the target stays open, and keeps
/// its lock. Thread-safe.
/// </summary>
internal sealed class ApplyPause
{
    private readonly AdvanceSignal _changed = new();
    private volatile Wish? _wish;
    private long _endedAtTicks;

    /// <summary>Since when a pause is wished; null when none is.</summary>
    public DateTimeOffset? Since => _wish?.Since;

    /// <summary>Whether a pause is wished.</summary>
    public bool IsWished => _wish is not null;

    /// <summary>Whether everything that was under way when the pause was wished is durable in the target, and nothing follows.</summary>
    public bool IsStill => _wish is { IsStill: true };

    /// <summary>When the last pause ended; the earliest time before that.</summary>
    public DateTimeOffset EndedAt => new(Interlocked.Read(ref _endedAtTicks), TimeSpan.Zero);

    /// <summary>Completes when a pause begins or ends. A waiter takes the task first, then looks, then awaits.</summary>
    public Task Next => _changed.Next;

    /// <summary>Wishes a pause.</summary>
    public void Begin(DateTimeOffset now)
    {
        _wish = new Wish(now);
        _changed.Pulse();
    }

    /// <summary>Lets applying go on.</summary>
    public void End(DateTimeOffset now)
    {
        Interlocked.Exchange(ref _endedAtTicks, now.UtcTicks);
        _wish = null;
        _changed.Pulse();
    }

    /// <summary>Notes that nothing is under way. What is under way ends of its own accord, so only the applier can say it.</summary>
    public void NoteStill()
    {
        if (_wish is { } wish)
        {
            wish.IsStill = true;
        }
    }

    /// <summary>The pause in words; null when none is wished.</summary>
    public string? Describe() => _wish is not { } wish
        ? null
        : FormattableString.Invariant(
            $"Applying is paused by an operator since {wish.Since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC{(wish.IsStill ? "" : "; the last transactions are still under way")}. It goes on after: binlogd drainer resume");

    private sealed class Wish(DateTimeOffset since)
    {
        private volatile bool _isStill;

        public DateTimeOffset Since => since;

        public bool IsStill
        {
            get => _isStill;
            set => _isStill = value;
        }
    }
}
