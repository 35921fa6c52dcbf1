using Binlog.Service.Commands.Bench;
using Binlog.TiDB;

namespace Binlog.Service.Tests.Commands.Bench;

public sealed class LocalTimestampsTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Next_ClusterBehindTheClock_StartsAtTheClock()
    {
        var timestamps = new LocalTimestamps(0, new StillTime(Start));

        ulong first = timestamps.Next();

        Assert.Equal(Tso.FromDateTimeOffset(Start).Value, first);
        Assert.Equal(first + 1, timestamps.Next());
    }

    [Fact]
    public void Next_ClusterAheadOfTheClock_StartsAboveTheCluster()
    {
        ulong seen = Tso.FromDateTimeOffset(Start.AddHours(1)).Value + 5;
        var timestamps = new LocalTimestamps(seen, new StillTime(Start));

        Assert.Equal(seen + 1, timestamps.Next());
    }

    [Fact]
    public void Next_ClockMoves_FollowsItForwardsOnly()
    {
        var time = new StillTime(Start);
        var timestamps = new LocalTimestamps(0, time);
        timestamps.Next();

        time.Now = Start.AddSeconds(1);
        ulong later = timestamps.Next();
        time.Now = Start;

        Assert.Equal(Tso.FromDateTimeOffset(Start.AddSeconds(1)).Value, later);
        Assert.Equal(later + 1, timestamps.Next());
    }

    [Fact]
    public async Task Next_ManyCallers_NeverGivesTheSameTwice()
    {
        var timestamps = new LocalTimestamps(0, new StillTime(Start));

        ulong[][] taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Enumerable.Range(0, 1000).Select(_ => timestamps.Next()).ToArray())));

        Assert.Equal(4000, taken.SelectMany(own => own).Distinct().Count());
        Assert.All(taken, own => Assert.Equal(own.Order(), own));
    }

    private sealed class StillTime(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
