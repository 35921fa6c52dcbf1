using Binlog.Service.Embedded;
using Binlog.Service.Membership;

namespace Binlog.Service.Tests.Membership;

public sealed class HeldLeaseTests
{
    private static readonly TimeSpan Lease = NodeLeases.Lease;

    private readonly TwoClocks _time = new();
    private readonly HeldLease _lease;

    public HeldLeaseTests() => _lease = new HeldLease(_time);

    /// <summary>What may happen to a machine for as long as a lease: it works, is suspended (the monotonic clock stands still), or its wall clock is set.</summary>
    public static TheoryData<TimeSpan, TimeSpan> Stops => new()
    {
        { Lease, Lease },
        { TimeSpan.Zero, Lease },
        { Lease, TimeSpan.Zero },
        { TimeSpan.Zero, -Lease },
    };

    [Fact]
    public void NotHeardYet_NothingIsKnown()
    {
        Assert.Null(_lease.Term);
        Assert.False(_lease.IsFollowed);

        _lease.Note(_lease.Now, isHeard: false);

        Assert.Null(_lease.Term);
        Assert.False(_lease.IsFollowed);
    }

    [Fact]
    public void HeardInTime_OneTerm()
    {
        for (int beat = 0; beat < 20; beat++)
        {
            _lease.Note(_lease.Now, isHeard: true);
            _time.Advance(Lease - TimeSpan.FromTicks(1));
            Assert.Equal(1, _lease.Term);
            Assert.True(_lease.IsFollowed);
        }
    }

    [Theory]
    [MemberData(nameof(Stops))]
    public void EitherClockHasMovedByALease_NothingIsKnownUntilHeard(TimeSpan monotonic, TimeSpan wall)
    {
        _lease.Note(_lease.Now, isHeard: true);
        _time.Advance(monotonic, wall);
        Assert.Null(_lease.Term);
        Assert.False(_lease.IsFollowed);

        _lease.Note(_lease.Now, isHeard: false);
        Assert.Null(_lease.Term);
        Assert.False(_lease.IsFollowed);

        _lease.Note(_lease.Now, isHeard: true);
        Assert.Equal(2, _lease.Term);
        Assert.True(_lease.IsFollowed);
    }

    /// <summary>Nobody asked during the break: the term that follows is another one all the same.</summary>
    [Theory]
    [MemberData(nameof(Stops))]
    public void HeardAgainAfterALease_IsAnotherTerm(TimeSpan monotonic, TimeSpan wall)
    {
        _lease.Note(_lease.Now, isHeard: true);
        _time.Advance(monotonic, wall);
        _lease.Note(_lease.Now, isHeard: true);

        Assert.Equal(2, _lease.Term);
    }

    /// <summary>The clock is set and set back: what was said in between holds.</summary>
    [Fact]
    public void SeenToBeOver_StaysOverWhenTheClockGoesBack()
    {
        _lease.Note(_lease.Now, isHeard: true);
        _time.Advance(TimeSpan.Zero, Lease);
        Assert.Null(_lease.Term);

        _time.Advance(TimeSpan.Zero, -Lease);

        Assert.Null(_lease.Term);
    }

    /// <summary>The registry heard it before the stop, and its answer is read after it.</summary>
    [Fact]
    public void StoppedWhileWriting_TheAnswerTellsNothingOfTheTimeSince()
    {
        _lease.Note(_lease.Now, isHeard: true);
        ClockReading began = _lease.Now;
        _time.Advance(Lease);
        _lease.Note(began, isHeard: true);

        Assert.Null(_lease.Term);
        Assert.False(_lease.IsFollowed);
    }

    /// <summary>A registry that is away for long does not stop a process that works all the time; but nobody vouches for its lease.</summary>
    [Fact]
    public void TriedInVainAllTheTime_IsFollowedButHoldsNoLease()
    {
        _lease.Note(_lease.Now, isHeard: true);
        for (int beat = 0; beat < 10; beat++)
        {
            _time.Advance(TimeSpan.FromSeconds(6));
            _lease.Note(_lease.Now, isHeard: false);
        }

        Assert.True(_lease.IsFollowed);
        Assert.Null(_lease.Term);
    }

    /// <summary>What is written after a break begins a new term; a write that was under way said what was true before.</summary>
    [Fact]
    public void Break_EndsTheTermUntilALaterWrite()
    {
        _lease.Note(_lease.Now, isHeard: true);
        long? before = _lease.Term;
        ClockReading underWay = _lease.Now;
        _time.Advance(TimeSpan.FromSeconds(1));

        _lease.Break();
        _lease.Note(underWay, isHeard: true);
        Assert.Null(_lease.Term);

        _lease.Note(_lease.Now, isHeard: true);
        Assert.Equal(before + 1, _lease.Term);
    }

    private sealed class TwoClocks : TimeProvider
    {
        private long _ticks;
        private DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance(TimeSpan both) => Advance(both, both);

        public void Advance(TimeSpan monotonic, TimeSpan wall)
        {
            _ticks += monotonic.Ticks;
            _now += wall;
        }
    }
}
