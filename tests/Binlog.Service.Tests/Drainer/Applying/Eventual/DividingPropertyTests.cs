using Binlog.Service.Downstream.Condensing;
using Binlog.Service.Tests.Downstream.Condensing;

namespace Binlog.Service.Tests.Drainer.Applying.Eventual;

/// <summary>Whatever the upstream does, and in whatever order workers commit: no change meets a row that it doesn't expect, and the end is the upstream's.</summary>
public sealed class DividingPropertyTests
{
    private const int Histories = 1500;

    [Fact]
    public void Divide_AnyHistoryAndAnyOrderOfWorkers_EndsAsTheUpstream()
    {
        for (int seed = 0; seed < Histories; seed++)
        {
            var history = new DividedHistory(seed, changes: 80);
            ModelTable replica = history.Start;

            Assert.True(history.ApplyInParts(replica, mayStop: false), $"seed {seed}");

            Assert.Equal(history.End.Rows, replica.Rows);
        }
    }

    [Fact]
    public void Condense_AfterPartsOfAHistory_RepeatsItToTheUpstreamsEnd()
    {
        int stopped = 0;
        for (int seed = 0; seed < Histories; seed++)
        {
            var history = new DividedHistory(seed, changes: 80);
            ModelTable replica = history.Start;
            stopped += history.ApplyInParts(replica, mayStop: true) ? 0 : 1;

            history.ApplyRepeatably(replica, Repetition.Parts);

            Assert.Equal(history.End.Rows, replica.Rows);
        }

        Assert.InRange(stopped, Histories / 2, Histories);
    }

    [Fact]
    public void Condense_TargetIsFromLaterOn_RepeatsItToTheUpstreamsEnd()
    {
        for (int seed = 0; seed < Histories; seed++)
        {
            var history = new DividedHistory(seed, changes: 80);
            ModelTable replica = history.Any;

            history.ApplyRepeatably(replica, Repetition.Anything);

            Assert.Equal(history.End.Rows, replica.Rows);
        }
    }
}
