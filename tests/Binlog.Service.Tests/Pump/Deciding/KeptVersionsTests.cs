using Binlog.Cluster.Pd;
using Binlog.Service.Pump.Deciding;

namespace Binlog.Service.Tests.Pump.Deciding;

public sealed class KeptVersionsTests
{
    private readonly SafePoints _pd = new();

    [Theory]
    [InlineData(0, 500, true, 500)]
    [InlineData(300, 500, true, 300)]
    [InlineData(500, 500, true, 500)]
    public async Task KeepAsync_NothingCollectedYet_HoldsTheOldest(ulong oldest, ulong startTs, bool isKept, ulong held)
    {
        Assert.Equal(isKept, await Versions(oldest).KeepAsync(startTs, TestContext.Current.CancellationToken));
        Assert.Equal(held, _pd.Own);
    }

    [Fact]
    public async Task KeepAsync_CollectedBeyondTheTransaction_IsNotKept()
    {
        _pd.Collected = 501;

        Assert.False(await Versions(0).KeepAsync(500, TestContext.Current.CancellationToken));
    }

    /// <summary>An older transaction whose versions are gone must not leave this one without its hold.</summary>
    [Fact]
    public async Task KeepAsync_CollectedBeyondAnOlderOneOnly_HoldsThisOne()
    {
        _pd.Collected = 400;

        Assert.True(await Versions(300).KeepAsync(500, TestContext.Current.CancellationToken));
        Assert.Equal(500UL, _pd.Own);
        Assert.False(await Versions(300).KeepAsync(300, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task KeepAsync_NoServiceHadASafePoint_AsksWhatWasCollected()
    {
        (_pd.Collected, _pd.CollectedReally) = (0, 501);

        Assert.False(await Versions(0).KeepAsync(500, TestContext.Current.CancellationToken));
    }

    private KeptVersions Versions(ulong oldest) => new(_pd, () => "binlog-pump-a", from => oldest >= from ? oldest : 0, _ => Task.FromResult(_pd.CollectedReally));

    /// <summary>PD: a safe point below what is collected already is not taken.</summary>
    private sealed class SafePoints : IGcSafePoints
    {
        public ulong Collected { get; set; } = 100;

        /// <summary>PD that has no safe points of services yet knows only here what is gone.</summary>
        public ulong CollectedReally { get; set; }

        public ulong? Own { get; private set; }

        public Task<GcSafePoint> UpdateServiceGcSafePointAsync(string serviceId, TimeSpan timeToLive, ulong safePoint, CancellationToken cancellationToken)
        {
            Assert.Equal("binlog-pump-a", serviceId);
            if (safePoint < Collected)
            {
                return Task.FromResult(new GcSafePoint(Collected, "gc_worker"));
            }

            Own = safePoint;
            return Task.FromResult(new GcSafePoint(Collected, "gc_worker"));
        }
    }
}
