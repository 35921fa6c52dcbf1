using Binlog.Cluster;
using Binlog.Cluster.Registry;
using Binlog.Service.Embedded;
using Binlog.TestKit.Time;
using Microsoft.Data.Sqlite;

namespace Binlog.Service.Tests.Embedded;

public sealed class EmbeddedClusterStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly SkippingTimeProvider _time = new(TimeSpan.Zero);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string File => _directory.Combine("cluster.db");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task NextAsync_FollowsTheClock()
    {
        using EmbeddedClusterStore store = Open();
        ulong clock = (ulong)_time.GetUtcNow().ToUnixTimeMilliseconds() << 18;

        Assert.Equal(clock + 1, await store.NextAsync(1, Cancelled));
        Assert.Equal(clock + 11, await store.NextAsync(10, Cancelled));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(clock + (1 << 18) + 1, await store.NextAsync(1, Cancelled));
    }

    [Fact]
    public async Task NextAsync_OverReopenWithAStandingClock_NeverRepeats()
    {
        var taken = new List<ulong>();
        for (int opening = 0; opening < 5; opening++)
        {
            using EmbeddedClusterStore store = Open();
            for (int call = 0; call < 20; call++)
            {
                taken.Add(await store.NextAsync(1 << 16, Cancelled));
            }
        }

        Assert.All(taken.Zip(taken.Skip(1)), pair => Assert.True(pair.Second >= pair.First + (1 << 16)));
    }

    [Fact]
    public async Task NextAsync_ClockGoesBack_NeverRepeats()
    {
        using EmbeddedClusterStore store = Open();
        ulong before = await store.NextAsync(1, Cancelled);
        _time.Advance(TimeSpan.FromHours(-1));

        Assert.Equal(before + 1, await store.NextAsync(1, Cancelled));
    }

    [Fact]
    public async Task NextAsync_ManyThreads_DistinctAndAscendingForEach()
    {
        using EmbeddedClusterStore store = Open();
        ulong[][] taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var own = new List<ulong>();
            for (int call = 0; call < 2000; call++)
            {
                own.Add(await store.NextAsync(1, Cancelled));
            }

            return own.ToArray();
        })));

        Assert.All(taken, own => Assert.Equal(own.Order(), own));
        Assert.Equal(8000, taken.SelectMany(own => own).Distinct().Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData((1 << 18) + 1)]
    public async Task NextAsync_ImpossibleCount_Throws(int count)
    {
        using EmbeddedClusterStore store = Open();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.NextAsync(count, Cancelled).AsTask());
    }

    [Fact]
    public async Task ObserveAsync_DoesNotFollowTheClock()
    {
        using EmbeddedClusterStore store = Open();

        Assert.Equal(500ul, await store.ObserveAsync(500, Cancelled));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(500ul, await store.ObserveAsync(20, Cancelled));
        Assert.Equal(501ul, await store.ObserveAsync(501, Cancelled));
    }

    [Fact]
    public async Task ObserveAsync_AfterNext_IsNotBelowIt()
    {
        using EmbeddedClusterStore store = Open();
        ulong taken = await store.NextAsync(1, Cancelled);

        Assert.Equal(taken, await store.ObserveAsync(1, Cancelled));
    }

    [Fact]
    public async Task NextAsync_AfterObserve_IsAboveIt()
    {
        using EmbeddedClusterStore store = Open();
        ulong ahead = ((ulong)_time.GetUtcNow().AddDays(1).ToUnixTimeMilliseconds()) << 18;
        await store.ObserveAsync(ahead, Cancelled);

        Assert.Equal(ahead + 1, await store.NextAsync(1, Cancelled));
    }

    [Fact]
    public async Task PutAsync_Twice_LastStaysOverReopen()
    {
        using (EmbeddedClusterStore store = Open())
        {
            await store.PutAsync(NodeRole.Pump, Node("b", NodeState.Online), Cancelled);
            await store.PutAsync(NodeRole.Pump, Node("a", NodeState.Online), Cancelled);
            await store.PutAsync(NodeRole.Drainer, Node("a", NodeState.Closing), Cancelled);
            await store.PutAsync(NodeRole.Pump, Node("b", NodeState.Paused), Cancelled);
        }

        using EmbeddedClusterStore again = Open();
        Assert.Equal([Node("a", NodeState.Online), Node("b", NodeState.Paused)], await again.ListAsync(NodeRole.Pump, Cancelled));
        Assert.Equal([Node("a", NodeState.Closing)], await again.ListAsync(NodeRole.Drainer, Cancelled));
    }

    [Fact]
    public void Open_OtherCluster_Refused()
    {
        Open().Dispose();

        var exception = Assert.Throws<ClusterException>(() => Open(clusterId: 8));

        Assert.Contains($"{File} belongs to cluster 7, but cluster.id is 8", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NotADatabase_Refused()
    {
        _directory.Write("cluster.db", new string('x', 5000));

        var exception = Assert.Throws<ClusterException>(() => Open());

        Assert.Contains(File, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_MissingDirectory_Refused() =>
        Assert.Throws<ClusterException>(() => EmbeddedClusterStore.Open(_directory.Combine("no/cluster.db"), 7, _time));

    [Fact]
    public async Task Calls_FileFails_AreClusterExceptionsThatMayPass()
    {
        using EmbeddedClusterStore store = Open();
        using (var other = new SqliteConnection($"Data Source={File};Pooling=False"))
        {
            other.Open();
            using SqliteCommand command = other.CreateCommand();
            command.CommandText = "DROP TABLE nodes; DROP TABLE cluster";
            command.ExecuteNonQuery();
        }

        foreach (Func<Task> call in new Func<Task>[]
        {
            () => store.PutAsync(NodeRole.Pump, Node("a", NodeState.Online), Cancelled),
            () => store.ListAsync(NodeRole.Pump, Cancelled),
            () => store.NextAsync(1, Cancelled).AsTask(),
        })
        {
            var exception = await Assert.ThrowsAsync<ClusterException>(call);
            Assert.True(exception.IsTransient);
            Assert.Contains(File, exception.Message, StringComparison.Ordinal);
        }
    }

    private static NodeStatus Node(string id, NodeState state) => new() { NodeId = id, Host = "127.0.0.1:8250", State = state, MaxCommitTs = 3, UpdateTs = 4 };

    private EmbeddedClusterStore Open(ulong clusterId = 7) => EmbeddedClusterStore.Open(File, clusterId, _time);
}
