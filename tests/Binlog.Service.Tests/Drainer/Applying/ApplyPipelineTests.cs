using Binlog.RelayLog;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Tests.Downstream.MySql;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;
using static Binlog.Service.Tests.Downstream.MySql.Tables;

namespace Binlog.Service.Tests.Drainer.Applying;

public sealed class ApplyPipelineTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly TableSchema Keyed = Table("d", "t", Id(), Column(2, "v"));

    private readonly List<ulong> _applied = [];
    private readonly AppliedRows _counts = new();

    [Fact]
    public async Task Submit_GroupsThatDoNotMeet_AreExecutedTogetherAndCommittedInOrder()
    {
        var target = new ParallelTarget(3);
        var first = new TaskCompletionSource();
        target.Executing = rows => rows == "1,2" ? first.Task : Task.CompletedTask;
        await using ApplyPipeline pipeline = Pipeline(target);

        await SubmitAsync(pipeline, 10, 1, 2);
        await SubmitAsync(pipeline, 20, 3, 4);
        await SubmitAsync(pipeline, 30, 5, 6);
        await target.SeenAsync("executes 3,4");
        await target.SeenAsync("executes 5,6");
        Assert.Empty(target.Commits);
        first.SetResult();
        await pipeline.DrainAsync();

        Assert.Equal(["10", "20", "30"], target.Commits);
        Assert.Equal([10UL, 20UL, 30UL], _applied);
    }

    [Fact]
    public async Task Submit_RowsThatMeetAnEarlierGroup_AreExecutedAfterItsCommit()
    {
        var target = new ParallelTarget(2);
        var first = new TaskCompletionSource();
        target.Committing = commitTs => commitTs == 10 ? first.Task : Task.CompletedTask;
        await using ApplyPipeline pipeline = Pipeline(target);

        await SubmitAsync(pipeline, 10, 1, 2);
        await SubmitAsync(pipeline, 20, 2, 3);
        await target.SeenAsync("executes 3");
        Assert.DoesNotContain("2 executes 2", target.Events);
        first.SetResult();
        await pipeline.DrainAsync();

        Assert.Equal(["1 executes 1,2", "2 executes 3", "1 commits 1,2 10", "2 executes 2", "2 commits 3+2 20"], target.Events);
    }

    [Fact]
    public async Task Submit_MoreGroupsThanWorkers_WaitForASlot()
    {
        var target = new ParallelTarget(2);
        var commits = new TaskCompletionSource();
        target.Committing = _ => commits.Task;
        await using ApplyPipeline pipeline = Pipeline(target);
        await SubmitAsync(pipeline, 10, 1, 1);
        Assert.True(pipeline.HasRoom);
        await SubmitAsync(pipeline, 20, 2, 2);
        Assert.False(pipeline.HasRoom);
        Task third = SubmitAsync(pipeline, 30, 3, 3);
        Assert.False(third.IsCompleted);

        commits.SetResult();
        await third;
        await pipeline.DrainAsync();

        Assert.Equal(["10", "20", "30"], target.Commits);
        Assert.DoesNotContain(target.Events, step => step.StartsWith('3'));
    }

    /// <summary>An earlier group may want a lock that a later one holds, which the server doesn't know to be a deadlock.</summary>
    [Fact]
    public async Task Submit_TurnDoesNotCome_LetsGoOfItsLocksAndStartsAnew()
    {
        var target = new ParallelTarget(2);
        var first = new TaskCompletionSource();
        target.Executing = rows => rows == "1,2" ? first.Task : Task.CompletedTask;
        await using ApplyPipeline pipeline = Pipeline(target, new SkippingTimeProvider(TimeSpan.FromMinutes(1)));

        await SubmitAsync(pipeline, 10, 1, 2);
        await SubmitAsync(pipeline, 20, 3, 4);
        await target.SeenAsync("2 rolls back");
        Assert.Empty(target.Commits);
        first.SetResult();
        await pipeline.DrainAsync();

        Assert.Equal(["10", "20"], target.Commits);
        Assert.Equal(2, target.Events.Count(step => step == "2 executes 3,4"));
        Assert.Equal(1, _counts.Restarts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Submit_ExecutionFailsBeforeItsTurn_IsTriedWhenItHasCome(bool isTransient)
    {
        var target = new ParallelTarget(2);
        var first = new TaskCompletionSource();
        int tried = 0;
        target.Executing = rows => rows == "1,2" ? first.Task : ++tried == 1 ? throw new TargetException("duplicate", isTransient) : Task.CompletedTask;
        await using ApplyPipeline pipeline = Pipeline(target);

        await SubmitAsync(pipeline, 10, 1, 2);
        await SubmitAsync(pipeline, 20, 3, 4);
        await target.SeenAsync("2 rolls back");
        first.SetResult();
        await pipeline.DrainAsync();

        Assert.Equal(["1 commits 1,2 10", "2 commits 3,4 20"], target.Events.Where(step => step.Contains("commits", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Submit_DeadlockInItsTurn_IsTriedAgain()
    {
        var target = new ParallelTarget(1);
        int tried = 0;
        target.Executing = _ => ++tried < 3 ? throw new TargetException("deadlock", isTransient: true) : Task.CompletedTask;
        await using ApplyPipeline pipeline = Pipeline(target);

        await SubmitAsync(pipeline, 10, 1, 2);
        await pipeline.DrainAsync();

        Assert.Equal(3, tried);
        Assert.Equal(["10"], target.Commits);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Submit_GroupFailsInItsTurn_EndsEverythingWithItsError(bool isRefused)
    {
        var target = new ParallelTarget(3) { AreUsable = isRefused };
        target.Executing = rows => rows == "3,4" ? throw new TargetException("row 3 is not there", isTransient: false) : Task.CompletedTask;
        await using ApplyPipeline pipeline = Pipeline(target);
        await SubmitAsync(pipeline, 10, 1, 2);
        TargetException error = await Assert.ThrowsAsync<TargetException>(async () =>
        {
            await SubmitAsync(pipeline, 20, 3, 4);
            await SubmitAsync(pipeline, 30, 5, 6);
            await pipeline.DrainAsync();
        });

        Assert.Equal("row 3 is not there", error.Message);
        await Assert.ThrowsAsync<TargetException>(() => pipeline.Failure);
        await pipeline.DisposeAsync();
        Assert.DoesNotContain("20", target.Commits);
        Assert.DoesNotContain("30", target.Commits);
        Assert.Equal(target.Commits.Select(ulong.Parse), _applied);
    }

    [Fact]
    public async Task Dispose_GroupsUnderWay_AreNotCommitted()
    {
        var target = new ParallelTarget(2) { Committing = _ => new TaskCompletionSource().Task };
        ApplyPipeline pipeline = Pipeline(target);
        await SubmitAsync(pipeline, 10, 1, 2);
        await SubmitAsync(pipeline, 20, 3, 4);

        await pipeline.DisposeAsync();

        Assert.Empty(target.Commits);
        Assert.Contains("1 ends", target.Events);
        Assert.Contains("2 ends", target.Events);
    }

    [Fact]
    public async Task Submit_ManyGroupsOverFewRows_CommitsAllInOrderWithAllRows()
    {
        var target = new ParallelTarget(8) { Executing = async _ => await Task.Yield(), Committing = async _ => await Task.Yield() };
        await using ApplyPipeline pipeline = Pipeline(target);
        var random = new Random(7);
        for (int group = 1; group <= 500; group++)
        {
            int row = random.Next(20);
            await SubmitAsync(pipeline, (ulong)group, row, row + 1 + random.Next(3));
        }

        await pipeline.DrainAsync();

        Assert.Equal(Enumerable.Range(1, 500).Select(group => $"{group}"), target.Commits);
    }

    /// <summary>A group may find itself first while it is being divided; then it is executed as if it had been first all along.</summary>
    [Fact]
    public async Task Submit_TurnComesWhileAGroupIsDivided_ItsOrderIsTheOriginalOne()
    {
        var target = new ParallelTarget(4) { Executing = async _ => await Task.Yield(), Committing = async _ => await Task.Yield() };
        await using ApplyPipeline pipeline = Pipeline(target);
        for (int number = 1; number <= 2000; number++)
        {
            var group = new ApplyGroup();
            int shared = number % 3;
            for (int row = 0; row < 30; row++)
            {
                group.Batch.Insert(Keyed, (number * 100) + row, 0);
            }

            group.Batch.Delete(Keyed, shared, 0).Delete(Keyed, 10 + (number % 5), 0);
            group.Add(new LogRecord { Tag = new RecordTag(2, (ulong)number, (ulong)number + 1) }, 1, isTransaction: true);
            await pipeline.SubmitAsync(group, Token);
        }

        await pipeline.DrainAsync();

        Assert.Equal(2000, target.Commits.Count);
        Assert.Equal(0, target.Disordered);
    }

    [Fact]
    public async Task Submit_TargetHasNoSessionForAnotherWorker_GoesOnWithThoseThereAre()
    {
        var target = new ParallelTarget(4) { Opening = number => _ = number > 2 ? throw new TargetException("too many connections", isTransient: true) : number };
        await using ApplyPipeline pipeline = Pipeline(target);
        for (int group = 1; group <= 20; group++)
        {
            await SubmitAsync(pipeline, (ulong)group, group, group);
        }

        await pipeline.DrainAsync();

        Assert.Equal(20, target.Commits.Count);
    }

    [Fact]
    public async Task Submit_TargetHasNoSessionAtAll_Fails()
    {
        var target = new ParallelTarget(4) { Opening = _ => throw new TargetException("too many connections", isTransient: true) };
        await using ApplyPipeline pipeline = Pipeline(target);

        await Assert.ThrowsAsync<TargetException>(() => SubmitAsync(pipeline, 10, 1, 2));
    }

    [Fact]
    public async Task Submit_WorkerIdleForLong_IsReplaced()
    {
        var time = new InstantTimeProvider();
        var target = new ParallelTarget(1);
        await using ApplyPipeline pipeline = Pipeline(target, time);
        await SubmitAsync(pipeline, 10, 1, 2);
        await pipeline.DrainAsync();
        await SubmitAsync(pipeline, 20, 1, 2);
        await pipeline.DrainAsync();
        Assert.DoesNotContain("1 ends", target.Events);

        time.Advance(TimeSpan.FromMinutes(6));
        await SubmitAsync(pipeline, 30, 1, 2);
        await pipeline.DrainAsync();

        Assert.Equal(["1 commits 1,2 10", "1 commits 1,2 20", "1 ends", "2 commits 1,2 30"], target.Events.Where(step => !step.Contains("executes", StringComparison.Ordinal)));
    }

    /// <summary>The first group's rows were not noted, because nothing was to be beside it: the second, with the same row, must not pass it.</summary>
    [Fact]
    public async Task Submit_WorkersGrow_NothingPassesAGroupThatWasToBeAlone()
    {
        var target = new ParallelTarget(4);
        var first = new TaskCompletionSource();
        target.Committing = commitTs => commitTs == 10 ? first.Task : Task.CompletedTask;
        int workers = 1;
        await using ApplyPipeline pipeline = Pipeline(target, workers: () => workers);
        await SubmitAsync(pipeline, 10, 1, 2);

        workers = 4;
        Task second = SubmitAsync(pipeline, 20, 2, 3);
        Assert.False(second.IsCompleted);
        first.SetResult();
        await second;
        target.Committing = commitTs => commitTs == 30 ? (first = new TaskCompletionSource()).Task : Task.CompletedTask;
        await SubmitAsync(pipeline, 30, 4, 5);
        await SubmitAsync(pipeline, 40, 6, 7);
        await target.SeenAsync("executes 4,5");
        await target.SeenAsync("executes 6,7");
        await Eventually.HoldsAsync("its turn has come", () => target.Commits.Contains("20") && !first.Task.IsCompleted, Token);
        first.TrySetResult();
        await pipeline.DrainAsync();

        Assert.Equal(["10", "20", "30", "40"], target.Commits);
    }

    [Fact]
    public async Task Submit_WorkersShrink_SessionsAreEndedAndOneGroupIsUnderWay()
    {
        var target = new ParallelTarget(4);
        int workers = 3;
        await using ApplyPipeline pipeline = Pipeline(target, workers: () => workers);
        for (int group = 1; group <= 3; group++)
        {
            await SubmitAsync(pipeline, (ulong)group, group, group);
        }

        workers = 1;
        await SubmitAsync(pipeline, 4, 4, 4);
        Assert.False(pipeline.HasRoom && target.Commits.Count < 4);
        await pipeline.DrainAsync();

        Assert.Equal(["1", "2", "3", "4"], target.Commits);
        Assert.Equal(2, target.Events.Count(step => step.EndsWith("ends", StringComparison.Ordinal)));
    }

    private ApplyPipeline Pipeline(ParallelTarget target, TimeProvider? time = null, Func<int>? workers = null) => new(
        target,
        workers ?? (() => target.MaxWorkers),
        (group, _) =>
        {
            _applied.Add(group.Checkpoint.CommitTs);
            return default;
        },
        _counts,
        time ?? TimeProvider.System,
        Token);

    /// <summary>A group that changes rows <paramref name="first"/> and <paramref name="second"/>.</summary>
    private static async Task SubmitAsync(ApplyPipeline pipeline, ulong commitTs, int first, int second)
    {
        var group = new ApplyGroup();
        group.Batch.Update(Keyed, [first, 0], [first, (int)commitTs]);
        if (second != first)
        {
            group.Batch.Update(Keyed, [second, 0], [second, (int)commitTs]);
        }

        group.Add(new LogRecord { Tag = new RecordTag(2, commitTs - 1, commitTs) }, 1, isTransaction: true);
        ApplyGroup empty = await pipeline.SubmitAsync(group, Token);
        Assert.True(empty.IsEmpty);
        Assert.NotSame(group, empty);
    }
}
