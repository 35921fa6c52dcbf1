namespace Binlog.Cluster.Pd;

/// <summary>Remembers the last failure for the operators. Thread-safe.</summary>
/// <param name="time">Clock for when it happened.</param>
internal sealed class PdFailures(TimeProvider time)
{
    private volatile Failure? _last;

    /// <summary>The last failure and when it happened; null when there was none.</summary>
    public Failure? Last => _last;

    /// <summary>Notes a failure.</summary>
    public void Note(string text) => _last = new Failure(text, time.GetUtcNow());

    /// <summary>A failure.</summary>
    /// <param name="Text">What failed.</param>
    /// <param name="At">When.</param>
    internal sealed record Failure(string Text, DateTimeOffset At);
}
