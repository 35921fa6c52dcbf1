using Binlog.Cluster.Registry;
using Binlog.TestKit.Time;

namespace Binlog.Cluster.Tests.Registry;

public sealed class EtcdOriginalsTests
{
    private readonly SkippingTimeProvider _time = new(TimeSpan.Zero);
    private readonly EtcdOriginals _originals;

    public EtcdOriginalsTests() => _originals = new EtcdOriginals(_time);

    [Fact]
    public void MayLive_NeverSeenBefore_IsYes()
    {
        Assert.True(Look(1));
        Advance(3600);
        Assert.True(Look(1, "another"));
    }

    [Fact]
    public void MayLive_UnchangedForALeaseUnderUnbrokenLooks_IsNoUntilItMoves()
    {
        for (int second = 0; second < 10; second++)
        {
            Assert.True(Look(1));
            Advance(1);
        }

        Assert.False(Look(1));
        Assert.True(Look(2));
    }

    [Fact]
    public void MayLive_OtherCallsFillTheTimeBetweenTwoLooks_IsNo()
    {
        Assert.True(Look(1));
        for (int second = 0; second < 10; second++)
        {
            Advance(1);
            _originals.NoteAnswer(_time.GetTimestamp());
        }

        Assert.False(Look(1));
    }

    [Fact]
    public void MayLive_NobodyLookedForHalfALease_BeginsAnew()
    {
        Assert.True(Look(1));
        Advance(4);
        Assert.True(Look(1));
        Advance(5);
        Assert.True(Look(1));
        Advance(4);
        Assert.True(Look(1));
        Advance(4);
        Assert.True(Look(1));
        Advance(2);
        Assert.False(Look(1));
    }

    [Fact]
    public void MayLive_ACallFailed_BeginsAnew()
    {
        Assert.True(Look(1));
        Advance(4);
        _originals.NoteFailure();
        for (int second = 0; second < 10; second++)
        {
            Assert.True(Look(1));
            Advance(1);
        }

        Assert.False(Look(1));
    }

    /// <summary>A call that takes long may have read at its beginning.</summary>
    [Fact]
    public void MayLive_TheLookBeganBeforeTheLeaseWasOver_IsYes()
    {
        Assert.True(Look(1));
        for (int second = 0; second < 3; second++)
        {
            Advance(3);
            _originals.NoteAnswer(_time.GetTimestamp());
        }

        long began = _time.GetTimestamp();
        Advance(4);
        _originals.NoteAnswer(began);

        Assert.True(_originals.MayLive(NodeRole.Drainer, "d", 1, began));
        Assert.False(Look(1));
    }

    private bool Look(long modRevision, string nodeId = "d")
    {
        long began = _time.GetTimestamp();
        _originals.NoteAnswer(began);
        return _originals.MayLive(NodeRole.Drainer, nodeId, modRevision, began);
    }

    private void Advance(int seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));
}
