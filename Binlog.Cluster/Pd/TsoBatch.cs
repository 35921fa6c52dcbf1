namespace Binlog.Cluster.Pd;

/// <summary>Callers that share one request for timestamps.</summary>
/// <param name="Waiters">The callers in the order in which they came.</param>
/// <param name="Count">How many timestamps they want together.</param>
internal sealed record TsoBatch(IReadOnlyList<TsoWaiter> Waiters, int Count)
{
    /// <summary>Hands out consecutive timestamps, the smallest to who came first.</summary>
    /// <param name="last">The largest of them.</param>
    public void Complete(ulong last)
    {
        ulong given = last - (ulong)Count;
        foreach (TsoWaiter waiter in Waiters)
        {
            given += (ulong)waiter.Count;
            waiter.Complete(given);
        }
    }

    /// <summary>Ends the callers' waiting with an error.</summary>
    public void Fail(Exception exception)
    {
        foreach (TsoWaiter waiter in Waiters)
        {
            waiter.Fail(exception);
        }
    }
}
