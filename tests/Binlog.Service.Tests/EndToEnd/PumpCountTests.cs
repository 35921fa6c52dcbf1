using System.Globalization;
using Binlog.TestKit.Capabilities;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>The recording goes through any number of Pumps, one of which at a time is killed by SIGKILL at random moments, to equal tables.</summary>
[Collection(ProcessCluster.Collection)]
public sealed class PumpCountTests(ITestOutputHelper output)
{
    private const int MillisecondsBetweenKills = 700;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public async Task Replicate_AnyPumpKilledAtAnyTime_TargetIsEqual(int pumps)
    {
        int anySeed = System.Random.Shared.Next(1, 1_000_000);
        int seed = LongRun.Rounds("BINLOG_KILL_SEED", anySeed, anySeed);
        int rounds = LongRun.Rounds("BINLOG_KILL_ROUNDS", 6, 100);
        output.WriteLine($"BINLOG_KILL_SEED={seed}, {rounds} kills");
        var random = new Random(seed);
        using var cluster = new ProcessCluster(ProcessCluster.File, pumps);
        cluster.StartAll();

        // At this pace the replay lasts as long as the kills do.
        int rate = Math.Max(20, ProcessCluster.Recording.CommittedTransactions * 1000 / (rounds * MillisecondsBetweenKills));
        using BinlogdProcess replay = cluster.Replay("--rate", rate.ToString(CultureInfo.InvariantCulture), "--timeout", "5m");
        for (int round = 0; round < rounds; round++)
        {
            await Task.Delay(random.Next(MillisecondsBetweenKills / 2, MillisecondsBetweenKills * 3 / 2), TestContext.Current.CancellationToken);
            cluster.Restart(cluster.Pumps[random.Next(pumps)]);
            cluster.StartEnded();
        }

        (int exitCode, _) = await replay.WaitAsync(Patience);
        Assert.True(exitCode == 0, replay.Errors + cluster.Describe());
        await cluster.WaitUntilAllIsWellAsync(Patience);

        Assert.DoesNotContain(cluster.Endings, ending => ending.Contains("unexpected", StringComparison.Ordinal));
        await cluster.AssertEqualAsync();
    }
}
