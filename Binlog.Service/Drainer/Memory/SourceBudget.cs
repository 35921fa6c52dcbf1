namespace Binlog.Service.Drainer.Memory;

/// <summary>
/// Memory that all sources share. Each may hold an equal part of it, so that none can take what another needs; when sources come, those before
/// them give way as what they hold is merged. Thread-safe.
/// </summary>
/// <param name="bytes">What all of them may hold together.</param>
/// <param name="largestInline">No binlog above this size is taken into memory.</param>
internal sealed class SourceBudget(long bytes, int largestInline)
{
    /// <summary>More in one queue makes nothing faster.</summary>
    private const long LargestPart = 8 << 20;

    /// <summary>A part holds several of the largest binlogs, and what is being received beside it stays small.</summary>
    private const int InlinePerPart = 8;

    private const int SmallestWindow = 64 << 10;
    private const int LargestWindow = 2 << 20;

    private long _held;
    private int _sources;

    /// <summary>What all sources hold.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>What all may hold together.</summary>
    public long Bytes => bytes;

    /// <summary>What one source may hold.</summary>
    public long Part => Math.Min(LargestPart, bytes / Math.Max(1, Volatile.Read(ref _sources)));

    /// <summary>A longer binlog goes through a file.</summary>
    public int Inline => (int)Math.Min(largestInline, Part / InlinePerPart);

    /// <summary>What a connection to a source may have received ahead of its reader.</summary>
    public int Window => (int)Math.Clamp(Part / 4, SmallestWindow, LargestWindow);

    /// <summary>A source comes.</summary>
    public SourceShare Join()
    {
        Interlocked.Increment(ref _sources);
        return new SourceShare(this);
    }

    /// <summary>A source has gone; what it holds stays counted until it is released.</summary>
    internal void Leave() => Interlocked.Decrement(ref _sources);

    internal bool TryTake(long count)
    {
        if (Interlocked.Add(ref _held, count) <= bytes)
        {
            return true;
        }

        Interlocked.Add(ref _held, -count);
        return false;
    }

    internal void Release(long count) => Interlocked.Add(ref _held, -count);
}
