using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;
using Binlog.Service.Pump.Retention;
using Binlog.TiDB;
using FsCheck;
using FsCheck.Fluent;

namespace Binlog.Service.Tests.Pump.Retention;

/// <summary>What holds for any facts, and along any course of a store's life.</summary>
public sealed class RetentionPlannerPropertyTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Plan_AnyFacts_NeverTooMuch() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => Check(new Random(seed))).QuickCheckThrowOnFailure();

    [Fact]
    public void Plan_AlongAnyCourse_OldestOnlyGrowsAndDrainersFindWhatTheyNeed() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => Live(new Random(seed))).QuickCheckThrowOnFailure();

    private static void Check(Random random)
    {
        RetentionFacts facts = AnyFacts(random);
        RetentionOptions options = AnyOptions(random);

        RetentionPlan plan = RetentionPlanner.Plan(facts, options);

        if (plan.RemoveUpTo is not { } limit)
        {
            return;
        }

        Assert.NotNull(facts.Drainers);
        Assert.True(limit < facts.MaxCommitTs, "at or above the max commit TS");
        Assert.True(limit > facts.OldestCommitTs, "what is gone already");
        Assert.True(limit <= plan.WantedCommitTs, "more than the limits ask for");
        if (options.Drainers == NeededBinlogs.Keep)
        {
            Assert.All(facts.Drainers, drainer => Assert.True(limit <= drainer.CommitTs, "what a Drainer needs"));
        }

        long ageLimit = facts.Now.ToUnixTimeMilliseconds() - (long)options.Age.TotalMilliseconds;
        Assert.True(facts.SizeCommitTs is not null || new Tso(limit).PhysicalMilliseconds <= ageLimit, "younger than the limit of age, by the local clock");
    }

    private static void Live(Random random)
    {
        var store = new FakeRetainedStore();
        RetentionOptions options = AnyOptions(random) with { Drainers = NeededBinlogs.Keep };
        ulong[] positions = new ulong[random.Next(3)];
        DateTimeOffset now = Start;
        for (int step = 0; step < 60; step++)
        {
            now += TimeSpan.FromHours(random.Next(1, 40));
            store.Add(Tso.FromDateTimeOffset(now).Value, random.Next(1, 50) << 20);
            for (int drainer = 0; drainer < positions.Length; drainer++)
            {
                positions[drainer] = random.Next(3) == 0 ? positions[drainer] : Math.Max(positions[drainer], Tso.FromDateTimeOffset(now.AddHours(-random.Next(400))).Value);
            }

            ulong before = store.OldestCommitTs;
            RetentionFacts facts = RetentionFacts.Read(store, options, Drainers(positions), now);
            if (RetentionPlanner.Plan(facts, options).RemoveUpTo is { } limit)
            {
                Assert.True(store.RemoveUpToAsync(limit, CancellationToken.None).IsCompletedSuccessfully);
            }

            Assert.True(store.OldestCommitTs >= before);
            Assert.All(positions, position => Assert.True(store.OldestCommitTs <= position));
            if (positions.Length == 0)
            {
                Assert.True(store.OldestCommitTs >= facts.SizeCommitTs.GetValueOrDefault());
            }
        }
    }

    private static RetentionFacts AnyFacts(Random random)
    {
        ulong max = AnyTs(random);
        return new RetentionFacts
        {
            Now = Start.AddHours(random.Next(-1000, 3000)),
            OldestCommitTs = random.Next(2) == 0 ? 0 : Math.Min(max, AnyTs(random)),
            MaxCommitTs = max,
            SizeCommitTs = random.Next(2) == 0 ? null : AnyTs(random),
            Drainers = random.Next(10) == 0 ? null : Drainers([.. Enumerable.Range(0, random.Next(4)).Select(_ => AnyTs(random))]),
        };
    }

    private static RetentionOptions AnyOptions(Random random) => new()
    {
        Age = TimeSpan.FromHours(random.Next(1, 400)),
        SizeBytes = random.Next(2) == 0 ? 0 : (long)random.Next(1, 400) << 20,
        Drainers = random.Next(2) == 0 ? NeededBinlogs.Keep : NeededBinlogs.Delete,
    };

    private static ulong AnyTs(Random random) => random.Next(12) switch
    {
        0 => (ulong)random.Next(3),
        1 => ulong.MaxValue - (ulong)random.Next(3),
        2 => 1UL << 62,
        _ => Tso.FromDateTimeOffset(Start.AddHours(random.Next(2000))).Value + (ulong)random.Next(3),
    };

    private static DrainerPosition[] Drainers(ulong[] positions) =>
        [.. positions.Select((position, index) => new DrainerPosition($"d{index}", "h:1", NodeState.Paused, position))];
}
