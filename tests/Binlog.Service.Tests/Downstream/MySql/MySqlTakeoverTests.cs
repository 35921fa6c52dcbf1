using Binlog.Cluster;
using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Claiming;
using Binlog.Service.Downstream.MySql;
using Binlog.TestKit.Net;
using Binlog.TestKit.Waiting;
using Binlog.TiDB.Schema;
using static Binlog.Service.Tests.Downstream.MySql.Tables;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>Two Drainers, d1 and d2, at one target.</summary>
public sealed class MySqlTakeoverTests(MySqlTestServer server) : IClassFixture<MySqlTestServer>
{
    private static readonly TableSchema Keyed = Table("d", "t", Id(), Column(2, "v", VarChar(40)));
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    /// <summary>The rows and the checkpoint's move have been executed, and the COMMIT comes when another Drainer has taken over.</summary>
    [Fact]
    public async Task Commit_DeliveredAfterTheTakeover_IsRejectedAndTheOldOneIsFenced()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using var proxy = new HoldingProxy(server.Server.Host, server.Server.Port);
        MySqlTargetOptions options = Options("d1") with { Connection = server.ConnectionOptions with { Port = proxy.Port, Tls = MySqlTlsMode.Disabled } };
        await using MySqlTarget old = await OpenAsync(options);
        await using IApplyWorker worker = await old.OpenWorkerAsync(Token);
        await worker.ExecuteAsync(new ChangeBatch().Insert(Keyed, 1, "old"), 0, 1, Token);
        proxy.Hold("COMMIT"u8);
        Task committing = worker.CommitAsync(new Checkpoint(101, 5), Token);
        await proxy.Held.WaitAsync(Token);

        await using var successor = new MySqlTarget(Options("d2", new Rival("d1", "h:1", RivalLife.Dead)));
        Assert.Equal(new Checkpoint(2, 2), await successor.OpenAsync(Token));
        await successor.ApplyAsync(new ChangeBatch().Insert(Keyed, 1, "new"), new Checkpoint(101, 5), Token);
        proxy.Release();

        await Assert.ThrowsAsync<TargetException>(() => committing);
        Assert.Equal(["1|new"], await look.SortedRowsAsync("d.t"));
        await using var awake = new MySqlTarget(options);
        TargetException fenced = await Assert.ThrowsAsync<TargetException>(() => awake.OpenAsync(Token));
        Assert.False(fenced.IsTransient);
        Assert.Contains("fenced by Drainer d2, which has taken this target over (epoch 2, this session's is 1; its checkpoint is at commit TS 101)", fenced.Message, StringComparison.Ordinal);
        await successor.ApplyAsync(new ChangeBatch().Insert(Keyed, 2, "new"), new Checkpoint(102, 5), Token);
        Assert.Equal(["1|new", "2|new"], await look.SortedRowsAsync("d.t"));
    }

    [Fact]
    public async Task Open_HolderIsAlive_RefusesAndNamesIt()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget active = await OpenAsync(Options("d1"));
        await using var second = new MySqlTarget(Options("d2", new Rival("d1", "h:1", RivalLife.Alive)));

        TargetException refused = await Assert.ThrowsAsync<TargetException>(() => second.OpenAsync(Token));

        Assert.False(refused.IsTransient);
        Assert.Contains("Drainer d1 at h:1 is alive and replicates cluster 1 into this target", refused.Message, StringComparison.Ordinal);
        Assert.Contains("checkpoint at commit TS 2", refused.Message, StringComparison.Ordinal);
        await active.ApplyAsync(new ChangeBatch().Insert(Keyed, 1, "a"), new Checkpoint(101, 5), Token);
    }

    [Fact]
    public async Task Open_HolderIsAnEarlierProcessOfItself_EndsThat()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget earlier = await OpenAsync(Options("d1"));
        await using var again = new MySqlTarget(Options("d1"));

        Assert.Equal(new Checkpoint(2, 2), await again.OpenAsync(Token));
        await again.ApplyAsync(new ChangeBatch().Insert(Keyed, 1, "a"), new Checkpoint(101, 5), Token);
        await Assert.ThrowsAsync<TargetException>(() => earlier.KeepAliveAsync(Token));
    }

    [Fact]
    public async Task Open_StandbyAndHolderIsAlive_WaitsAndSaysForWhomUntilItEnds()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget active = await OpenAsync(Options("d1"));
        MySqlTargetOptions options = Options("d2", new Rival("d1", "h:1", RivalLife.Alive));
        var claim = new TargetClaim { NodeId = "d2", Holder = "Drainer d2", IsStandby = true, Rivals = options.Claim.Rivals };
        await using var standby = new MySqlTarget(options with { Claim = claim, LockTimeout = TimeSpan.Zero });
        Task<Checkpoint?> opening = standby.OpenAsync(Token);
        await Eventually.HoldsAsync("the standby knows the active one", () => claim.Active == new ActiveDrainer("Drainer d1 at h:1", 2, IsRegistered: true, null), Token);
        await active.ApplyAsync(new ChangeBatch().Insert(Keyed, 1, "a"), new Checkpoint(101, 5), Token);
        await Eventually.HoldsAsync("the standby follows its commit TS", () => claim.Active?.CommitTs == 101, Token);
        Assert.False(opening.IsCompleted);

        await active.DisposeAsync();

        Assert.Equal(new Checkpoint(101, 5), await opening);
        Assert.Null(claim.Active);
        Assert.False(claim.IsWaiting);
    }

    [Fact]
    public async Task Open_StandbyWithoutRegistry_WaitsAndSaysWhy()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget active = await OpenAsync(Options("d1"));
        var claim = new TargetClaim { NodeId = "d2", Holder = "Drainer d2", IsStandby = true, Rivals = new FakeRivals { Failure = new ClusterException("x does not answer", isTransient: true) } };
        await using var standby = new MySqlTarget(server.Options() with { Claim = claim });
        Task<Checkpoint?> opening = standby.OpenAsync(Token);

        await Eventually.HoldsAsync("the standby says why it waits", () => claim.Active?.Problem is { } problem && problem.Contains("The registry can't be reached, so nobody knows whether the holder lives: x does not answer", StringComparison.Ordinal), Token);
        Assert.False(opening.IsCompleted);
        await active.DisposeAsync();
        Assert.Equal(new Checkpoint(2, 2), await opening);
    }

    /// <summary>It hangs with rows locked and the checkpoint moved in transactions that it does not end.</summary>
    [Fact]
    public async Task Open_HolderHangsWithTransactionsOpen_EndsThemToo()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget old = await OpenAsync(Options("d1"));
        await using IApplyWorker first = await old.OpenWorkerAsync(Token);
        await using IApplyWorker second = await old.OpenWorkerAsync(Token);
        await first.ExecuteAsync(new ChangeBatch().Insert(Keyed, 1, "old"), 0, 1, Token);
        await second.ExecuteAsync(new ChangeBatch().Insert(Keyed, 2, "old"), 0, 1, Token);
        var rivals = new FakeRivals(new Rival("d1", "h:1", RivalLife.Unsure));
        var claim = new TargetClaim { NodeId = "d2", Holder = "Drainer d2", IsStandby = true, Rivals = rivals };
        await using var standby = new MySqlTarget(server.Options() with { Claim = claim });
        Task<Checkpoint?> opening = standby.OpenAsync(Token);
        await Eventually.HoldsAsync("the standby waits", () => claim.Active is not null, Token);

        rivals.Set(new Rival("d1", "h:1", RivalLife.Dead));

        Assert.Equal(new Checkpoint(2, 2), await opening);
        await standby.ApplyAsync(new ChangeBatch().Insert(Keyed, 1, "new").Insert(Keyed, 2, "new"), new Checkpoint(101, 5), Token);
        Assert.Equal(["1|new", "2|new"], await look.SortedRowsAsync("d.t"));
        Assert.True((await Assert.ThrowsAsync<TargetException>(() => first.CommitAsync(new Checkpoint(101, 5), Token))).IsTransient);
    }

    private MySqlTargetOptions Options(string nodeId, params Rival[] rivals) => server.Options() with
    {
        Claim = new TargetClaim { NodeId = nodeId, Holder = $"Drainer {nodeId}", Rivals = new FakeRivals(rivals) },
    };

    /// <summary>Opens a target and makes the table; its checkpoint is then at commit TS 2.</summary>
    private static async Task<MySqlTarget> OpenAsync(MySqlTargetOptions options)
    {
        var target = new MySqlTarget(options);
        await target.OpenAsync(Token);
        await target.ApplySchemaChangeAsync(DatabaseChange(DdlActionType.CreateSchema, Keyed.SchemaName, 1), new Checkpoint(1, 1), Token);
        await target.ApplySchemaChangeAsync(Change(DdlActionType.CreateTable, null, Keyed, "", 2), new Checkpoint(2, 2), Token);
        return target;
    }
}
