using Binlog.RelayLog;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Applying.Eventual;
using Binlog.Service.Tests.Downstream.MySql;
using static Binlog.Service.Tests.Downstream.MySql.Tables;

namespace Binlog.Service.Tests.Drainer.Applying.Eventual;

public sealed class EventualPipelineTests
{
    /// <summary>More rows than a group has that is applied whole.</summary>
    private const int Many = 120;

    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly TableSchema Keyed = Table("d", "t", Id(), Column(2, "v"));
    private static readonly TableSchema Keyless = Tables.Schema("d", Info("none", Column(1, "a"), Column(2, "b")) with { Id = 300 });

    private readonly List<ulong> _applied = [];
    private readonly AppliedRows _counts = new();

    [Fact]
    public async Task Submit_SmallGroupWithNothingUnderWay_IsOneTransactionWithTheCheckpoint()
    {
        var target = new ParallelTarget(4);
        await using EventualPipeline pipeline = Pipeline(target);

        await pipeline.SubmitAsync(Group(10, 1, 3), Token);
        await pipeline.DrainAsync();

        Assert.Equal(["1 executes 1,2,3", "1 commits 1,2,3 10"], target.Events);
        Assert.Equal([10UL], _applied);
    }

    [Fact]
    public async Task Submit_LargeGroup_AnnouncesThenCommitsPartsThenTheCheckpoint()
    {
        var target = new ParallelTarget(3);
        await using EventualPipeline pipeline = Pipeline(target);

        await pipeline.SubmitAsync(Group(10, 1, Many), Token);
        await pipeline.DrainAsync();

        List<string> commits = [.. target.Events.Where(step => step.Contains("commits", StringComparison.Ordinal))];
        Assert.Equal("1 commits its part announcement 10", commits[0]);
        Assert.Equal("1 commits  10", commits[^1]);
        Assert.Equal(5, commits.Count);
        Assert.Equal(
            Enumerable.Range(1, Many),
            commits[1..^1].SelectMany(step => step.Split(' ')[^1].Split(',')).Select(key => int.Parse(key, null)).Order());
    }

    /// <summary>The announcement is not durable: no part may be committed, though all are executed.</summary>
    [Fact]
    public async Task Submit_PartsAreNotAnnouncedYet_AreNotCommitted()
    {
        var target = new ParallelTarget(2);
        var announcing = new TaskCompletionSource();
        target.CommittingPart = what => what.StartsWith("announcement", StringComparison.Ordinal) ? announcing.Task : Task.CompletedTask;
        await using EventualPipeline pipeline = Pipeline(target);

        await pipeline.SubmitAsync(Group(10, 1, Many), Token);
        await target.ExecutedAsync(2);
        Assert.DoesNotContain(target.Events, step => step.Contains("commits", StringComparison.Ordinal));
        announcing.SetResult();
        await pipeline.DrainAsync();

        Assert.Equal([10UL], _applied);
    }

    [Fact]
    public async Task Submit_OneWorkerIsStuck_OthersGoOnAndTheCheckpointStays()
    {
        var target = new ParallelTarget(2);
        var stuck = new TaskCompletionSource();
        target.CommittingPart = what => $",{what},".Contains(",1,", StringComparison.Ordinal) ? stuck.Task : Task.CompletedTask;
        await using EventualPipeline pipeline = Pipeline(target);

        await pipeline.SubmitAsync(Group(10, 1, Many), Token);
        await pipeline.SubmitAsync(Group(20, 1, Many), Token);
        await target.PartsCommittedAsync(1);
        Assert.Empty(_applied);
        stuck.SetResult();
        await pipeline.DrainAsync();

        Assert.Equal([10UL, 20UL], _applied);
    }

    [Fact]
    public async Task Submit_RowsThatCannotBeToldApart_AreCommittedWithTheCheckpointInOrder()
    {
        var target = new ParallelTarget(2);
        await using EventualPipeline pipeline = Pipeline(target);
        for (int number = 1; number <= 20; number++)
        {
            ApplyGroup group = Group((ulong)number * 10, 1, Many);
            group.Batch.Insert(Keyless, 5000 + number, 0).Delete(Keyless, 6000 + number, 0);
            await pipeline.SubmitAsync(group, Token);
        }

        await pipeline.DrainAsync();

        string[] commits = [.. target.Events.Where(step => step.Contains(" commits ", StringComparison.Ordinal))];
        Assert.DoesNotContain(commits, step => step.Contains("its part", StringComparison.Ordinal) && KeylessRows(step).Any());
        Assert.Equal(Enumerable.Range(1, 20).SelectMany(number => new[] { $"{5000 + number}", $"{6000 + number}" }), commits.SelectMany(KeylessRows));
        Assert.Equal(Enumerable.Range(1, 20).Select(number => (ulong)number * 10), _applied);
    }

    [Fact]
    public async Task Submit_DeadlockInAPart_IsExecutedAnew()
    {
        var target = new ParallelTarget(2);
        int tried = 0;
        target.CommittingPart = what => !what.StartsWith("ann", StringComparison.Ordinal) && Interlocked.Increment(ref tried) == 1
            ? Task.FromException(new TargetException("deadlock", isTransient: true)) : Task.CompletedTask;
        await using EventualPipeline pipeline = Pipeline(target);

        await pipeline.SubmitAsync(Group(10, 1, Many), Token);
        await pipeline.DrainAsync();

        Assert.Equal(3, tried);
        Assert.Equal(1, _counts.Restarts);
        Assert.Equal([10UL], _applied);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Submit_PartFails_EndsEverythingWithItsErrorAndTheCheckpointStays(bool isRefused)
    {
        var target = new ParallelTarget(3) { AreUsable = isRefused };
        target.Executing = rows => $",{rows},".Contains(",7,", StringComparison.Ordinal) ? throw new TargetException("row 7 is not there", isTransient: !isRefused) : Task.CompletedTask;
        await using EventualPipeline pipeline = Pipeline(target);

        TargetException error = await Assert.ThrowsAsync<TargetException>(async () =>
        {
            await pipeline.SubmitAsync(Group(10, 1, Many), Token);
            await pipeline.SubmitAsync(Group(20, 1, Many), Token);
            await pipeline.DrainAsync();
        });

        Assert.Equal("row 7 is not there", error.Message);
        await Assert.ThrowsAsync<TargetException>(() => pipeline.Failure);
        Assert.Empty(_applied);
        Assert.DoesNotContain(target.Events, step => step.Contains("commits", StringComparison.Ordinal) && !step.Contains("its part", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Submit_TargetHasNoSessionForAllWorkers_GoesOnWithThoseThereAre()
    {
        var target = new ParallelTarget(8) { Opening = number => _ = number > 3 ? throw new TargetException("too many connections", isTransient: true) : number };
        await using EventualPipeline pipeline = Pipeline(target);
        for (int group = 1; group <= 20; group++)
        {
            await pipeline.SubmitAsync(Group((ulong)group, 1, Many), Token);
        }

        await pipeline.DrainAsync();

        Assert.Equal(Enumerable.Range(1, 20).Select(group => (ulong)group), _applied);
    }

    [Fact]
    public async Task Forget_BeforeASchemaChange_ReachesEveryWorker()
    {
        var target = new ParallelTarget(2);
        await using EventualPipeline pipeline = Pipeline(target);
        await pipeline.SubmitAsync(Group(10, 1, Many), Token);
        await pipeline.DrainAsync();

        pipeline.Forget();

        Assert.Equal(3, target.Events.Count(step => step.EndsWith("forgets", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Submit_WorkersIdleForLong_AreReplaced()
    {
        var time = new InstantTimeProvider();
        var target = new ParallelTarget(1);
        await using EventualPipeline pipeline = Pipeline(target, time);
        await pipeline.SubmitAsync(Group(10, 1, Many), Token);
        await pipeline.DrainAsync();

        time.Advance(TimeSpan.FromMinutes(6));
        await pipeline.SubmitAsync(Group(20, 1, Many), Token);
        await pipeline.DrainAsync();

        Assert.Contains("1 ends", target.Events);
        Assert.Contains("2 ends", target.Events);
        Assert.Equal([10UL, 20UL], _applied);
    }

    [Fact]
    public async Task Dispose_PartsUnderWay_TheCheckpointStays()
    {
        var target = new ParallelTarget(2) { CommittingPart = _ => new TaskCompletionSource().Task };
        EventualPipeline pipeline = Pipeline(target);
        await pipeline.SubmitAsync(Group(10, 1, Many), Token);

        await pipeline.DisposeAsync();

        Assert.Empty(_applied);
        Assert.Contains("1 ends", target.Events);
    }

    private static IEnumerable<string> KeylessRows(string step) => step.Split(' ', ',', '+').Where(word => word.Length == 4 && int.TryParse(word, out _));

    private EventualPipeline Pipeline(ParallelTarget target, TimeProvider? time = null) => new(
        target,
        new ApplyLimits { Workers = target.MaxWorkers },
        (group, _) =>
        {
            _applied.Add(group.Checkpoint.CommitTs);
            return default;
        },
        _counts,
        null,
        time ?? TimeProvider.System,
        Token);

    /// <summary>A group that updates rows from <paramref name="first"/> to <paramref name="last"/>.</summary>
    private static ApplyGroup Group(ulong commitTs, int first, int last)
    {
        var group = new ApplyGroup();
        for (int row = first; row <= last; row++)
        {
            group.Batch.Update(Keyed, [row, 0], [row, (int)commitTs]);
        }

        group.Add(new LogRecord { Tag = new RecordTag(2, commitTs - 1, commitTs) }, 1, isTransaction: true);
        return group;
    }
}
