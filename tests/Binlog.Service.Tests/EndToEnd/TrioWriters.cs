using System.Collections.Concurrent;
using Binlog.Cluster.Pumps;
using Binlog.Cluster.Timestamps;
using Binlog.Service.Tests.Pump;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>Writers of transactions through one Pump Client, who remember what they were promised.</summary>
internal sealed class TrioWriters(PumpClient client, ITsoSource tso)
{
    private const int Writers = 16;

    private readonly ConcurrentDictionary<ulong, ulong> _committed = new();
    private Task[] _running = [];
    private volatile bool _isStopping;

    /// <summary>Start TS and commit TS of the transactions of which the commit was acknowledged.</summary>
    public IReadOnlyDictionary<ulong, ulong> Committed => _committed;

    /// <summary>Ended badly.</summary>
    public bool HaveFailed => _running.Any(task => task.IsFaulted);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Start() => _running = [.. Enumerable.Range(0, Writers).Select(_ => Task.Run(WriteAsync))];

    /// <summary>Lets each writer finish its transaction.</summary>
    public async Task StopAsync()
    {
        _isStopping = true;
        await Task.WhenAll(_running);
        await client.FlushAsync(Cancelled);
    }

    private async Task WriteAsync()
    {
        for (int number = 1; !_isStopping; number++)
        {
            ulong startTs = await tso.NextAsync(1, Cancelled);
            await using PrewrittenTransaction transaction = await client.Begin(startTs).PrewriteAsync(TestBinlogs.Prewrite(startTs, padding: 500), Cancelled);
            if (number % 7 == 0)
            {
                await transaction.RollbackAsync(Cancelled);
            }
            else if (number % 11 != 0)
            {
                ulong commitTs = await tso.NextAsync(1, Cancelled);
                await transaction.CommitAsync(commitTs, Cancelled);
                Assert.True(_committed.TryAdd(startTs, commitTs));
            }
        }
    }
}
