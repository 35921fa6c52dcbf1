using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;
using Binlog.Service.Pump.Retention;
using Binlog.TiDB;

namespace Binlog.Service.Tests.Pump.Retention;

public sealed class RetentionPlannerTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Days since <see cref="Start"/>: the store's oldest and max commit TS, the limit of size, the Drainers' positions; then what must follow. -1: none.</summary>
    public static TheoryData<string, int, int, int, int[], bool, int, int> Cases => new()
    {
        { "nobody needs anything: by age", 0, 30, -1, [], true, 23, 23 },
        { "everything is young", 1, 6, -1, [6], true, -1, -1 },
        { "exactly as old as the limit", 0, 8, -1, [8], true, 1, 1 },
        { "gone already", 23, 30, -1, [], true, -1, -1 },
        { "gone further already", 25, 30, -1, [], true, -1, -1 },
        { "Drainer is far enough", 0, 30, -1, [24], true, 23, 23 },
        { "Drainer is exactly there", 0, 30, -1, [23], true, 23, 23 },
        { "the slowest Drainer counts", 0, 30, -1, [29, 12, 20], true, 23, 12 },
        { "a Drainer below what is there holds everything", 10, 30, -1, [5, 29], true, 23, -1 },
        { "a Drainer without a position holds everything", 0, 30, -1, [0], true, 23, -1 },
        { "size asks for more than age", 0, 30, 27, [29], true, 27, 27 },
        { "age asks for more than size", 0, 30, 3, [29], true, 23, 23 },
        { "size within age, Drainer needs it", 0, 6, 4, [2], true, 4, 2 },
        { "delete: the Drainer does not count", 0, 30, -1, [12], false, 23, 23 },
        { "delete: by size", 0, 30, 28, [12], false, 28, 28 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Plan_Case_RemovesWhatIsExpected(string name, int oldest, int max, int size, int[] drainers, bool keeps, int wanted, int removeUpTo)
    {
        Assert.NotEmpty(name);
        RetentionFacts facts = Facts(Day(oldest), Day(max), [.. drainers.Select(Day)]) with { SizeCommitTs = size < 0 ? null : Day(size) };

        RetentionPlan plan = RetentionPlanner.Plan(facts, new RetentionOptions { Drainers = keeps ? NeededBinlogs.Keep : NeededBinlogs.Delete });

        Assert.Equal((wanted < 0 ? 0 : Day(wanted), removeUpTo < 0 ? null : Day(removeUpTo)), (plan.WantedCommitTs, plan.RemoveUpTo));
        Assert.Equal(drainers.Select(Day).Where(position => position < plan.WantedCommitTs).Order(), plan.Behind.Select(drainer => drainer.CommitTs));
    }

    [Fact]
    public void Plan_Reason_IsTheLimitThatAsksForTheMost()
    {
        RetentionFacts facts = Facts(0, Day(30), []);

        Assert.Equal(RetentionReason.Age, RetentionPlanner.Plan(facts, new RetentionOptions()).Reason);
        Assert.Equal(RetentionReason.Size, RetentionPlanner.Plan(facts with { SizeCommitTs = Day(25) }, new RetentionOptions()).Reason);
        Assert.Equal(RetentionReason.Age, RetentionPlanner.Plan(facts with { SizeCommitTs = Day(20) }, new RetentionOptions()).Reason);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Plan_PositionsUnknown_NothingGoes(bool keeps)
    {
        RetentionFacts facts = Facts(0, Day(30), []) with { Drainers = null };

        RetentionPlan plan = RetentionPlanner.Plan(facts, new RetentionOptions { Drainers = keeps ? NeededBinlogs.Keep : NeededBinlogs.Delete });

        Assert.Equal((null, true, Day(23)), (plan.RemoveUpTo, plan.IsBlind, plan.WantedCommitTs));
    }

    [Fact]
    public void Plan_LocalClockFarAhead_RemovesNoMore()
    {
        RetentionFacts facts = Facts(0, Day(30), []) with { Now = Start.AddYears(100) };

        Assert.Equal(Day(23), RetentionPlanner.Plan(facts, new RetentionOptions()).RemoveUpTo);
    }

    [Fact]
    public void Plan_OneCommitTsFarAhead_RemovesNoMore()
    {
        RetentionFacts facts = Facts(0, 1UL << 62, []) with { Now = Start.AddDays(30) };

        Assert.Equal(Day(23), RetentionPlanner.Plan(facts, new RetentionOptions()).RemoveUpTo);
    }

    [Fact]
    public void Plan_LocalClockBehind_KeepsMore()
    {
        RetentionFacts facts = Facts(Day(20), Day(30), []) with { Now = Start.AddDays(26) };

        Assert.Null(RetentionPlanner.Plan(facts, new RetentionOptions()).RemoveUpTo);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(50)]
    public void Plan_TimestampsOfATest_NothingIsOld(ulong maxCommitTs) =>
        Assert.Equal(new RetentionPlan().RemoveUpTo, RetentionPlanner.Plan(Facts(0, maxCommitTs, []), new RetentionOptions()).RemoveUpTo);

    [Fact]
    public void Plan_SizeAsksForEverything_StaysBelowTheMaxCommitTs() =>
        Assert.Equal(49ul, RetentionPlanner.Plan(Facts(0, 50, []) with { SizeCommitTs = 80 }, new RetentionOptions()).RemoveUpTo);

    private static ulong Day(int day) => day == 0 ? 0 : Tso.FromDateTimeOffset(Start.AddDays(day)).Value;

    private static RetentionFacts Facts(ulong oldest, ulong max, params ulong[] positions) => new()
    {
        Now = Start.AddYears(1),
        OldestCommitTs = oldest,
        MaxCommitTs = max,
        Drainers = [.. positions.Select((position, index) => new DrainerPosition($"d{index}", $"h{index}:1", NodeState.Online, position))],
    };
}
