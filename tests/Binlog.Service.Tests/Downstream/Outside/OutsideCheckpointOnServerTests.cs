using Binlog.MySql;
using Binlog.RelayLog;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Claiming;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Downstream.Outside;
using Binlog.Service.Drainer;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Tests.Downstream.MySql;
using Binlog.Service.Tests.Drainer.Applying;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Downstream.Outside;

/// <summary>A real target whose checkpoint is elsewhere, and fails there in every way again and again.</summary>
public sealed class OutsideCheckpointOnServerTests(MySqlTestServer server, ITestOutputHelper output) : IClassFixture<MySqlTestServer>, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("file", 4)]
    [InlineData("mysql", 8)]
    public async Task Run_PlaceFailsAgainAndAgain_EndsInTheFinalTables(string kind, int workers)
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using RecordedRelay recorded = await RecordedRelay.CreateAsync(int.MaxValue);
        await look.ExecuteAsync("DROP DATABASE IF EXISTS elsewhere", Token);
        var fates = new Fates(seed: 3, oneIn: 60);
        Func<ICheckpointPlace> place = kind == "file" ? FilePlace : () => new MySqlCheckpointPlace(server.Options().Connection, "elsewhere", server.Options().ClusterId);
        var progress = new ApplyProgress();
        OutsideCheckpoint? failed = null;
        Applier Create() => new(
            () => new MySqlTarget(server.Options() with { CheckpointPlace = () => new FailingPlace(place(), fates.Next, checkpoint => failed = checkpoint) }),
            recorded.Relay,
            recorded.History,
            new ApplyLimits { Workers = workers, Transactions = 100 },
            progress,
            TimeProvider.System,
            NullLogger.Instance);
        await using (Applier first = Create())
        {
            await first.WriteFirstCheckpointAsync(new Checkpoint(0, 0), 0, Token);
        }

        int asked = 0;
        for (bool isDone = false; !isDone;)
        {
            try
            {
                await RunAsync(Create(), progress, recorded.LastCommitTs);
                isDone = true;
            }
            catch (DrainerException exception) when (exception.Message.Contains("has no key that tells its rows apart", StringComparison.Ordinal))
            {
                asked++;
                await AnswerAsync(place, failed!);
            }
        }

        output.WriteLine($"{fates.Failures} failures, {progress.Applied.Groups} groups, {asked} times an operator was asked about a table without a key");
        Assert.InRange(fates.Failures, 4, int.MaxValue);
        Assert.Empty(await look.RowsAsync("SELECT table_name FROM information_schema.tables WHERE table_schema='tidb_binlog' AND table_name<>'checkpoint'"));
        await RecordedTables.AssertEqualAsync(look);
    }

    /// <summary>What is in doubt is one transaction of the target, and is applied again as one: nobody sees the accounts go back.</summary>
    [Fact]
    public async Task Run_PlaceFailsAgainAndAgain_ReadersSeePrefixesOnly()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        using var bank = new BankHistory(accounts: 50, transfers: 1000, seed: 5);
        await bank.WriteAsync(Token);
        var fates = new Fates(seed: 9, oneIn: 40);
        var progress = new ApplyProgress();
        var applier = new Applier(
            () => new MySqlTarget(server.Options() with { CheckpointPlace = () => new FailingPlace(FilePlace(), fates.Next, _ => { }) }),
            bank.Relay,
            bank.History,
            new ApplyLimits { Workers = 4, Transactions = 8 },
            progress,
            TimeProvider.System,
            NullLogger.Instance);
        await applier.WriteFirstCheckpointAsync(new Checkpoint(0, 0), 0, Token);
        await using MySqlConnection reader = await server.ConnectAsync();
        await reader.ExecuteAsync("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", Token);

        Task running = RunAsync(applier, progress, bank.LastCommitTs);
        int newest = 0;
        while (!running.IsCompleted)
        {
            if (await bank.LookAsync(reader) is { } transfers)
            {
                Assert.InRange(transfers, newest, bank.Transfers);
                newest = transfers;
            }
        }

        await running;
        Assert.Equal(bank.Transfers, await bank.LookAsync(look));
        Assert.InRange(fates.Failures, 5, int.MaxValue);
    }

    [Fact]
    public async Task Write_AnotherDrainerTookThePlace_IsFenced()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await look.ExecuteAsync("DROP DATABASE IF EXISTS elsewhere", Token);
        await using var first = new MySqlCheckpointPlace(server.Options().Connection, "elsewhere", 7);
        var one = new TargetClaim { Holder = "Drainer d1" };
        Assert.Null(await first.PeekAsync(Token));
        Assert.Null(await first.TakeAsync(one, Token));
        var checkpoint = new OutsideCheckpoint { ClusterId = 7, Target = "t", Epoch = 1, Holder = "Drainer d1", Checkpoint = new Checkpoint(100, 5) };
        await first.WriteAsync(checkpoint, Token);
        await first.WriteAsync(checkpoint with { InDoubtUpTo = 110, IsInDoubtAsAWhole = true, Intent = new DdlIntent(120, 3, 1, "f"), Statement = "DROP TABLE `t'`" }, Token);
        await using var second = new MySqlCheckpointPlace(server.Options().Connection, "elsewhere", 7);

        OutsideCheckpoint? taken = await second.TakeAsync(new TargetClaim { Holder = "Drainer d2" }, Token);

        Assert.Equal(checkpoint with { Epoch = 2, Holder = "Drainer d2", InDoubtUpTo = 110, IsInDoubtAsAWhole = true, Intent = new DdlIntent(120, 3, 1, "f") }, taken);
        TargetException error = await Assert.ThrowsAsync<TargetException>(() => first.WriteAsync(checkpoint with { Checkpoint = new Checkpoint(110, 5) }, Token));
        Assert.False(error.IsTransient);
        Assert.Contains("fenced by Drainer d2", error.Message, StringComparison.Ordinal);
        Assert.Equal(100UL, (await second.PeekAsync(Token))!.Checkpoint.CommitTs);
        one.Took(1);
        Assert.Contains("fenced by Drainer d2", (await Assert.ThrowsAsync<TargetException>(() => first.TakeAsync(one, Token))).Message, StringComparison.Ordinal);
    }

    /// <summary>Whoever changes where the checkpoint is must not begin anew in a target that is full.</summary>
    [Fact]
    public async Task Open_TargetHasACheckpointOfItsOwn_IsRefused()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using (var inside = new MySqlTarget(server.Options()))
        {
            await inside.OpenAsync(Token);
            await inside.ApplyAsync(new ChangeBatch(), new Checkpoint(4711, 3), Token);
        }

        TargetException error;
        await using (var outside = new MySqlTarget(server.Options() with { CheckpointPlace = FilePlace }))
        {
            error = await Assert.ThrowsAsync<TargetException>(() => outside.OpenAsync(Token));
        }

        Assert.False(error.IsTransient);
        Assert.Contains("holds a checkpoint of its own, at commit TS 4711", error.Message, StringComparison.Ordinal);
        await look.ExecuteAsync("DELETE FROM tidb_binlog.binlogd_checkpoint", Token);
        await using var begun = new MySqlTarget(server.Options() with { CheckpointPlace = FilePlace });
        Assert.Null(await begun.OpenAsync(Token));
    }

    /// <summary>The original went on beyond its checkpoint before it was killed; all that it may have done is done again.</summary>
    [Theory]
    [InlineData("target")]
    [InlineData("file")]
    public async Task Run_TakenOverFromTheOriginal_EndsInTheFinalTables(string kind)
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using RecordedRelay recorded = await RecordedRelay.CreateAsync(int.MaxValue);
        await ApplyAllAsync(recorded, () => new MySqlTarget(server.Options()), new Checkpoint(0, 0), 0);
        ulong lastDdl = recorded.Ddls.Max();
        await look.ExecuteAsync("DROP TABLE tidb_binlog.binlogd_checkpoint", Token);
        await look.ExecuteAsync("CREATE TABLE tidb_binlog.checkpoint (clusterID bigint unsigned primary key, checkPoint MEDIUMTEXT)", Token);
        await look.ExecuteAsync($$"""INSERT INTO tidb_binlog.checkpoint VALUES ({{server.Options().ClusterId}}, '{"consistent":false,"commitTS":{{lastDdl}},"ts-map":{},"schema-version":1}')""", Token);
        MySqlTarget Create() => new(server.Options() with { CheckpointPlace = kind == "file" ? FilePlace : null });
        await using (MySqlTarget target = Create())
        {
            Assert.Null(await target.OpenAsync(Token));
            OriginalCheckpoint found = (await target.FindOriginalAsync(Token))!;
            Assert.Equal((lastDdl, false), (found.CommitTs, found.IsConsistent));
        }

        long version = await Binlog.Service.Drainer.Schema.SchemaTracker.VersionAtAsync(recorded.History, lastDdl, Token);
        ApplyProgress progress = await ApplyAllAsync(recorded, Create, new Checkpoint(lastDdl, version), recorded.LastCommitTs);

        output.WriteLine($"{progress.Transactions} transactions, {progress.Rows} rows were applied a second time");
        Assert.InRange(progress.Transactions, 1, int.MaxValue);
        await RecordedTables.AssertEqualAsync(look);
        Assert.Equal([$"{{\"consistent\":false,\"commitTS\":{lastDdl},\"ts-map\":{{}},\"schema-version\":1}}"], await look.RowsAsync("SELECT checkPoint FROM tidb_binlog.checkpoint"));
    }

    /// <summary>What an operator does who has looked at the table. The test knows: the write that failed came before the COMMIT or after it.</summary>
    private static async Task AnswerAsync(Func<ICheckpointPlace> create, OutsideCheckpoint failed)
    {
        await using ICheckpointPlace place = create();
        OutsideCheckpoint doubt = (await place.TakeAsync(new TargetClaim { Holder = "operator" }, Token))!;
        Assert.True(doubt.IsInDoubtAsAWhole);
        bool isApplied = failed.Checkpoint.CommitTs == doubt.InDoubtUpTo;
        await place.WriteAsync(doubt with { Checkpoint = isApplied ? failed.Checkpoint : doubt.Checkpoint, InDoubtUpTo = 0, IsInDoubtAsAWhole = false }, Token);
    }

    private static async Task<ApplyProgress> ApplyAllAsync(RecordedRelay recorded, Func<ITarget> create, Checkpoint first, ulong anyUpTo)
    {
        var progress = new ApplyProgress();
        var applier = new Applier(create, recorded.Relay, recorded.History, new ApplyLimits { Workers = 4 }, progress, TimeProvider.System, NullLogger.Instance);
        await applier.WriteFirstCheckpointAsync(first, anyUpTo, Token);
        await RunAsync(applier, progress, recorded.LastCommitTs);
        return progress;
    }

    private static async Task RunAsync(Applier applier, ApplyProgress progress, ulong lastCommitTs)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task running = applier.RunAsync(stop.Token);
        await Task.WhenAny(running, progress.WaitForAsync(lastCommitTs, stop.Token));
        await stop.CancelAsync();
        await running.ContinueWith(_ => { }, TaskScheduler.Default);
        if (!running.IsCanceled)
        {
            await running;
        }
    }

    private FileCheckpointPlace FilePlace() =>
        new(Path.Combine(_directory.Combine("data"), "checkpoint"), server.Options().ClusterId, new SegmentedLogOptions { Directory = "." }.FileSystem);

    private sealed class Fates(int seed, int oneIn)
    {
        private readonly Random _random = new(seed);

        public int Failures { get; private set; }

        public FailingPlace.Fate Next()
        {
            int chance = _random.Next(oneIn);
            Failures += chance < 2 ? 1 : 0;
            return chance switch { 0 => FailingPlace.Fate.NotDone, 1 => FailingPlace.Fate.DoneAndUnanswered, _ => FailingPlace.Fate.Done };
        }
    }
}
