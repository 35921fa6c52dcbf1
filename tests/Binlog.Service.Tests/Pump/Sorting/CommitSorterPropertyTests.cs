using Binlog.Service.Pump.Sorting;
using FsCheck;
using FsCheck.Fluent;

namespace Binlog.Service.Tests.Pump.Sorting;

/// <summary>Arrivals as a cluster with one TSO can produce them: a commit TS is taken after the prewrite has arrived.</summary>
public sealed class CommitSorterPropertyTests
{
    [Fact]
    public void Advance_AnyArrivalOrderOfOneTso_CompleteAscendingAndNeverAnnouncedTooEarly() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            ArbMap.Default.ArbFor<bool>(),
            (seed, forgets) => Run(new Random(seed), forgets ? 2 : 1000)).QuickCheckThrowOnFailure();

    /// <summary>A sorter that is saved and restored at any moment, and puts waiting transactions away, does the same as one that isn't.</summary>
    [Fact]
    public void Restart_AnyMoment_SameOrder() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var plain = new SorterDriver(rememberedOutcomes: 5);
            var restarted = new SorterDriver(rememberedOutcomes: 5, pendingInMemory: 4);
            var random = new Random(seed);
            var script = new Random(seed);
            Run(script, plain, _ => { });
            Run(new Random(seed), restarted, driver =>
            {
                if (random.Next(4) == 0)
                {
                    driver.Advance();
                    driver.Restart();
                }
            });
            Assert.Equal(plain.Output, restarted.Output);
            Assert.Equal(plain.Sorter.MaxCommitTs, restarted.Sorter.MaxCommitTs);
            Assert.Equal(plain.Sorter.MaxSeenTs, restarted.Sorter.MaxSeenTs);
        }).QuickCheckThrowOnFailure();

    /// <summary>
    /// Whatever stands in a log, also what no cluster writes: what comes out is in order, no acknowledged commit vanishes, also not in a restart,
    /// and a person can always go on.
    /// </summary>
    [Fact]
    public void Add_AnyBinlogsWhatever_AscendingNothingVanishesAndNeverAtAnEnd() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var random = new Random(seed);
            var driver = new SorterDriver(rememberedOutcomes: 5, pendingInMemory: 4);
            var committed = new HashSet<ulong>();
            for (int step = 0; step < 200; step++)
            {
                ulong startTs = (ulong)random.Next(1, 40);
                var kind = (PumpRecordKind)random.Next(1, 5);
                driver.Add(kind, startTs, kind is PumpRecordKind.Commit or PumpRecordKind.Fake ? startTs + (ulong)random.Next(1, 6) : 0);
                driver.Advance();
                if (random.Next(10) == 0)
                {
                    driver.Restart();
                }

                if (kind == PumpRecordKind.Commit)
                {
                    committed.Add(startTs);
                }

                Assert.All(committed, known => Assert.True(driver.Sorter.Order.TryGet(known, out _) || driver.Sorter.TryGetOutcome(known, out _), $"start TS {known} has vanished"));
                Assert.True(driver.Sorter.EarlyCommits.Count == 0 || driver.Sorter.Blocker is not null);
            }

            Assert.Equal(driver.CommitTimestamps.Order().Distinct(), driver.CommitTimestamps);
            ulong fresh = driver.Sorter.MaxSeenTs;
            var givenUp = new HashSet<ulong>();
            while (driver.Sorter.Blocker is { } blocker)
            {
                bool isPrewrite = blocker.Kind == PumpRecordKind.Prewrite;
                driver.Add(isPrewrite ? PumpRecordKind.Commit : PumpRecordKind.Rollback, blocker.StartTs, isPrewrite ? ++fresh : blocker.CommitTs);
                givenUp.UnionWith(isPrewrite ? [] : [blocker.StartTs]);
                driver.Advance();
            }

            Assert.Equal(fresh, driver.Sorter.MaxCommitTs);
            Assert.Equal(driver.CommitTimestamps.Order().Distinct(), driver.CommitTimestamps);
            Assert.All(committed, startTs => Assert.True(driver.Sorter.TryGetOutcome(startTs, out ulong commitTs) && (commitTs == 0 || driver.Contains(commitTs, startTs)), $"start TS {startTs} has no outcome"));
            Assert.All(givenUp, startTs => Assert.DoesNotContain(startTs, driver.Output.Select(transaction => transaction.StartTs)));
        }).QuickCheckThrowOnFailure();

    private static void Run(Random random, int rememberedOutcomes) => Run(random, new SorterDriver(rememberedOutcomes), _ => { });

    private static void Run(Random random, SorterDriver driver, Action<SorterDriver> between)
    {
        var arrived = new List<Transaction>();
        var outcomesOnTheWay = new List<Transaction>();
        ulong tso = 0;
        for (int step = 0; step < 120; step++)
        {
            Step(random, driver, arrived, outcomesOnTheWay, ref tso);
            between(driver);
            if (random.Next(3) == 0)
            {
                Check(driver, arrived);
            }
        }

        foreach (Transaction transaction in outcomesOnTheWay)
        {
            transaction.Arrive(driver);
        }

        Check(driver, arrived);
        Assert.Equal(arrived.Where(transaction => transaction.IsCommitted).Select(transaction => transaction.CommitTs).Order(), driver.CommitTimestamps);
        Assert.Null(driver.Sorter.Blocker);
        Assert.Equal(0, driver.Sorter.UndecidedCount);
    }

    private static void Step(Random random, SorterDriver driver, List<Transaction> arrived, List<Transaction> outcomesOnTheWay, ref ulong tso)
    {
        switch (random.Next(6))
        {
            case 0 or 1:
                var transaction = new Transaction(++tso);
                driver.Prewrite(transaction.StartTs);
                transaction.Decide(random.Next(5) == 0 ? 0 : ++tso);
                tso += (ulong)random.Next(2);
                arrived.Add(transaction);
                outcomesOnTheWay.Insert(random.Next(outcomesOnTheWay.Count + 1), transaction);
                break;
            case 2 or 3 when outcomesOnTheWay.Count > 0:
                outcomesOnTheWay[^1].Arrive(driver);
                outcomesOnTheWay.RemoveAt(outcomesOnTheWay.Count - 1);
                break;
            case 4:
                driver.Fake(++tso);
                break;
            case 5 when arrived.Find(candidate => candidate.HasArrived && candidate.IsCommitted) is { } repeated:
                // A writer that got no answer sends the prewrite again, and then, of course, its commit.
                driver.Prewrite(repeated.StartTs);
                repeated.Arrive(driver);
                break;
            default:
                break;
        }
    }

    private static void Check(SorterDriver driver, List<Transaction> arrived)
    {
        driver.Advance();
        ulong max = driver.Sorter.MaxCommitTs;
        Assert.Equal(driver.CommitTimestamps.Order().Distinct(), driver.CommitTimestamps);
        Assert.Equal(
            arrived.Where(transaction => transaction.IsCommitted && transaction.CommitTs <= max).Select(transaction => transaction.CommitTs).Order(),
            driver.CommitTimestamps);
        Assert.All(arrived.Where(transaction => transaction.IsCommitted && !transaction.HasArrived), transaction => Assert.True(transaction.CommitTs > max));
    }

    private sealed class Transaction(ulong startTs)
    {
        public ulong StartTs { get; } = startTs;

        public ulong CommitTs { get; private set; }

        public bool IsCommitted => CommitTs > 0;

        public bool HasArrived { get; private set; }

        public void Decide(ulong commitTs) => CommitTs = commitTs;

        public void Arrive(SorterDriver driver)
        {
            HasArrived = true;
            driver.Add(IsCommitted ? PumpRecordKind.Commit : PumpRecordKind.Rollback, StartTs, CommitTs);
        }
    }
}
