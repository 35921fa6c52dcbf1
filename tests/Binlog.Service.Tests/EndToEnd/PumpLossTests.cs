using Binlog.Cluster.Pumps;
using Binlog.TestKit.Waiting;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>Writers of the Pump Client go on, and lose nothing, whatever happens to any of three Pumps.</summary>
[Collection(ProcessCluster.Collection)]
public sealed class PumpLossTests
{
    private const int TransactionsOfAPhase = 200;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public Task AnyPump_KilledUnderWriters_EveryAcknowledgedCommitIsServedOnce() => HurtEachAsync(async (trio, pump, writersGoOn) =>
    {
        trio.Kill(pump);
        await writersGoOn();
        trio.Start(pump);
    });

    [Fact]
    public Task AnyPump_StoppedUnderWriters_EveryAcknowledgedCommitIsServedOnce() => HurtEachAsync(async (trio, pump, writersGoOn) =>
    {
        await trio.SignalAsync(pump, "STOP");
        await writersGoOn();
        await trio.SignalAsync(pump, "CONT");
    });

    [Fact]
    public Task AnyPump_PausedUnderWriters_EveryAcknowledgedCommitIsServedOnce() => HurtEachAsync(async (trio, pump, writersGoOn) =>
    {
        await trio.PauseAsync(pump);
        await writersGoOn();
        trio.Start(pump);
    });

    [Fact]
    public Task AnyPump_FullUnderWriters_EveryAcknowledgedCommitIsServedOnce() => HurtEachAsync(async (trio, pump, writersGoOn) =>
    {
        trio.Kill(pump);
        trio.Start(pump, isFull: true);
        await trio.WaitForAllAsync();
        await writersGoOn();
        trio.Kill(pump);
        trio.Start(pump);
    });

    private static async Task HurtEachAsync(Func<PumpTrio, int, Func<Task>, Task> hurt)
    {
        await using PumpTrio trio = await PumpTrio.StartAsync();
        var options = new PumpClientOptions
        {
            CallTimeout = TimeSpan.FromSeconds(2),
            WriteTimeout = TimeSpan.FromMinutes(1),
            PrewriteRetryDelay = TimeSpan.FromMilliseconds(20),
            DecisionRetryDelay = TimeSpan.FromMilliseconds(50),
            ProbeInterval = TimeSpan.FromMilliseconds(500),
        };
        await using PumpClient client = await trio.OpenClientAsync(options);
        var writers = new TrioWriters(client, trio.Tso);
        writers.Start();
        await GoOnAsync(writers, trio);
        for (int pump = 0; pump < PumpTrio.Count; pump++)
        {
            await hurt(trio, pump, () => GoOnAsync(writers, trio));
            await trio.WaitForAllAsync();
            await Eventually.HoldsAsync("the client takes all three for available", () => client.Pumps.All(view => view.IsAvailable), Cancelled);
            await GoOnAsync(writers, trio);
        }

        await writers.StopAsync();
        await AssertServedOnceAsync(trio, writers);
    }

    private static async Task GoOnAsync(TrioWriters writers, PumpTrio trio)
    {
        int before = writers.Committed.Count;
        await Eventually.HoldsAsync($"transactions were committed; {trio.Describe()}", () => writers.HaveFailed || writers.Committed.Count >= before + TransactionsOfAPhase, Cancelled);
        if (writers.HaveFailed)
        {
            await writers.StopAsync();
        }
    }

    private static async Task AssertServedOnceAsync(PumpTrio trio, TrioWriters writers)
    {
        ulong last = writers.Committed.Values.Max();
        var served = new List<(ulong StartTs, ulong CommitTs)>();
        for (int pump = 0; pump < PumpTrio.Count; pump++)
        {
            List<(ulong StartTs, ulong CommitTs)> pulled = await trio.PullAsync(pump, last).WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
            Assert.NotEmpty(pulled);
            served.AddRange(pulled);
        }

        Assert.Equal(writers.Committed.Select(pair => (pair.Key, pair.Value)).Order(), served.Order());
    }
}
