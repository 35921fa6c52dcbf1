using System.Collections.Concurrent;
using Binlog.Service.Drainer.Announcing;
using Binlog.TestKit.Waiting;

namespace Binlog.Service.Tests.Drainer.Announcing;

/// <summary>A Pump that notes what it is asked for, and answers what a test says.</summary>
internal sealed class FakeAnnouncingPump : IAnnouncingPump
{
    private int _underWay;

    /// <summary>The commit TS of each request.</summary>
    public ConcurrentQueue<ulong> Asked { get; } = new();

    /// <summary>The most requests that were under way at a time.</summary>
    public int MostAtATime { get; private set; }

    public bool IsDisposed { get; private set; }

    /// <summary>What a request is answered with.</summary>
    public Func<CancellationToken, Task<bool>> Answer { get; set; } = _ => Task.FromResult(true);

    public async Task<bool> AskAsync(ulong commitTs, CancellationToken cancellationToken)
    {
        MostAtATime = Math.Max(MostAtATime, Interlocked.Increment(ref _underWay));
        Asked.Enqueue(commitTs);
        try
        {
            return await Answer(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    public Task WaitForAsync(params ulong[] asked) =>
        Eventually.HoldsAsync($"{string.Join(", ", asked)} are asked for", () => Asked.SequenceEqual(asked), TestContext.Current.CancellationToken);

    public void Dispose() => IsDisposed = true;
}
