namespace Binlog.Cluster.TiKv;

/// <summary>
/// The attempts of one operation: how long they may take together, how long to wait between them, and what the last one ended with. One task at a time.
/// </summary>
/// <remarks>
/// The pace doubles from attempt to attempt, for each reason on its own. First waits and longest ones: tikv/client-go,
/// internal/retry/config.go (region miss 2 to 500 ms, RPC 100 ms to 2 s, server busy 2 to 10 s, lock 100 ms to 3 s).
/// </remarks>
/// <param name="what">What is done, for the error: "reading key …".</param>
/// <param name="limit">How long all attempts may take together.</param>
/// <param name="time">Clock.</param>
internal sealed class Attempts(string what, TimeSpan limit, TimeProvider time)
{
    // A connection that hangs is given up for another peer after so long.
    private static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(10);

    private readonly long _started = time.GetTimestamp();
    private readonly int[] _waits = new int[Enum.GetValues<BackoffKind>().Length];
    private int _failed;
    private string _last = "nothing was tried";

    /// <summary>How long one call may take. The last one may end by so much after the limit.</summary>
    public TimeSpan CallLimit => limit / 2 < LongestCall ? limit / 2 : LongestCall;

    /// <summary>Notes why an attempt failed and waits before the next one.</summary>
    /// <param name="kind">The pace.</param>
    /// <param name="problem">Why, with region and store.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="asked">How long the store asks to be left alone; zero leaves it to the pace.</param>
    /// <exception cref="ClusterException">The time would be over after the wait.</exception>
    public async ValueTask WaitAsync(BackoffKind kind, string problem, CancellationToken cancellationToken, TimeSpan asked = default)
    {
        _failed++;
        _last = problem.TrimEnd('.');
        TimeSpan wait = NextWait(kind);
        wait = wait < asked ? asked : wait;
        if (time.GetElapsedTime(_started) + wait >= limit)
        {
            throw GiveUp();
        }

        await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The error of an operation that can't succeed however often it is tried.</summary>
    public ClusterException Refused(string problem, Exception? cause = null) => new($"TiKV refuses {what}: {problem.TrimEnd('.')}.", cause);

    private ClusterException GiveUp() => new(
        $"TiKV did not do it within {limit.TotalSeconds:0.###} s ({_failed} attempts): {what}. Last: {_last}. Check that the stores run and can be reached from here, and look at the region in PD.",
        isTransient: true);

    private TimeSpan NextWait(BackoffKind kind)
    {
        (int first, int longest) = kind switch
        {
            BackoffKind.Region => (2, 500),
            BackoffKind.Election => (20, 1000),
            BackoffKind.Connection => (100, 2000),
            BackoffKind.Busy => (2000, 10_000),
            _ => (100, 3000),
        };
        int doublings = Math.Min(_waits[(int)kind]++, 16);
        return TimeSpan.FromMilliseconds(Math.Min((long)first << doublings, longest));
    }
}
