using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;
using Binlog.Service.Pump.Retention;
using Binlog.TiDB;

namespace Binlog.Service.Tests.Pump.Retention;

public sealed class DrainerLagsTests
{
    private const long Each = 100L << 20;
    private const long Tolerance = 21 * Each / 256 * 2;
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly FakeRetainedStore _store = FakeRetainedStore.Daily(Now, days: 20, Each);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(5, 6)]
    [InlineData(19, 20)]
    public void FindBytesAbove_DaysAgo_IsWhatCameAfter(int daysAgo, int segments) =>
        Assert.InRange(DrainerLags.FindBytesAbove(_store, DaysAgo(daysAgo)), ((segments - 1) * Each) - Tolerance, (segments * Each) + Tolerance);

    [Fact]
    public void Measure_Keep_SaysWhatEachHoldsBack()
    {
        IReadOnlyList<DrainerLag> lags = Measure(NeededBinlogs.Keep, DaysAgo(0), DaysAgo(10), 0);

        Assert.Equal([0ul, DaysAgo(10), DaysAgo(0)], lags.Select(lag => lag.Drainer.CommitTs));
        Assert.Equal([null, TimeSpan.FromDays(10), TimeSpan.Zero], lags.Select(lag => lag.Lag));
        Assert.InRange(lags[0].HeldBackBytes, (14 * Each) - Tolerance, (14 * Each) + Tolerance);
        Assert.InRange(lags[1].HeldBackBytes, (3 * Each) - Tolerance, (3 * Each) + Tolerance);
        Assert.Equal(0, lags[2].HeldBackBytes);
        Assert.All(lags, lag => Assert.False(lag.IsEndangered || lag.IsTooLate));
    }

    [Fact]
    public async Task Measure_Delete_WarnsBeforeTheLimit()
    {
        await _store.RemoveUpToAsync(DaysAgo(7), TestContext.Current.CancellationToken);

        IReadOnlyList<DrainerLag> lags = Measure(NeededBinlogs.Delete, DaysAgo(9), DaysAgo(7) + 1, DaysAgo(6));

        Assert.Equal([true, false, false], lags.Select(lag => lag.IsTooLate));
        Assert.Equal([false, false, false], Measure(NeededBinlogs.Delete, 0, DaysAgo(6), DaysAgo(0)).Select(lag => lag.IsTooLate));
        Assert.All(lags, lag => Assert.False(lag.IsEndangered && lag.Drainer.CommitTs >= DaysAgo(6)));
        Assert.True(lags[1].IsEndangered);
    }

    private static ulong DaysAgo(int days) => Tso.FromDateTimeOffset(Now.AddDays(-days)).Value;

    private IReadOnlyList<DrainerLag> Measure(NeededBinlogs needed, params ulong[] positions) => DrainerLags.Measure(
        _store,
        new RetentionOptions { Drainers = needed },
        [.. positions.Select((position, index) => new DrainerPosition($"d{index}", $"h{index}:1", NodeState.Online, position))],
        Now);
}
