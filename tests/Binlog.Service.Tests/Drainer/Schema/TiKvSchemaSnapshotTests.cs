using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Binlog.Cluster.TiKv;
using Binlog.Service.Drainer.Schema;
using Binlog.TiDB.Keys;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Tests.Drainer.Schema;

public sealed class TiKvSchemaSnapshotTests : IAsyncLifetime
{
    private TiKvMeta _meta = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _meta = await TiKvMeta.StartAsync();
        _meta.PutRecording();
    }

    public async ValueTask DisposeAsync() => await _meta.DisposeAsync();

    [Fact]
    public async Task Recording_Snapshot_HasTheTablesOfTheWholeHistory()
    {
        using var file = new FileSchemaHistory(RecordedStream.PathOf("ddl_history_jobs.jsonl.gz"));
        SchemaTracker replayed = await SchemaTracker.ReplayAsync(file, long.MaxValue, Cancelled);
        SchemaSnapshot snapshot = await ReadAsync();

        SchemaTracker tracker = SchemaTracker.FromSnapshot(snapshot, replayed.Version);

        Assert.Equal(replayed.Version, snapshot.Version);
        Assert.Equal(Describe(replayed), Describe(tracker));
        Assert.Contains(snapshot.Tables, table => table.Info.Name == "user" && tracker.IsSystem(table.Info.Id));
    }

    [Fact]
    public async Task FromSnapshot_JobsUpToIt_CountAsAppliedAndLaterOnesDoNot()
    {
        SchemaTracker tracker = SchemaTracker.FromSnapshot(await ReadAsync(), 400);

        Assert.True(tracker.HasApplied(DdlJob.Parse(Encoding.UTF8.GetBytes(TiKvMeta.Job(9000, 400)))));
        Assert.False(tracker.HasApplied(DdlJob.Parse(Encoding.UTF8.GetBytes(TiKvMeta.Job(9000, 401)))));
        Assert.False(tracker.IsBehind(400));
        Assert.True(tracker.IsBehind(401));
        tracker.Apply(DdlJob.Parse(Encoding.UTF8.GetBytes(TiKvMeta.Job(9000, 401))));
        Assert.Equal((401, "t9000"), (tracker.Version, tracker.Find(10_000)!.TableName));
    }

    [Fact]
    public async Task Read_AsOfEarlier_GivesTheSchemaOfThen()
    {
        ulong before = await _meta.Tso.NextAsync(1, Cancelled);
        SchemaSnapshot now = await ReadAsync();
        (long databaseId, TableInfo table) = now.Tables[^1];
        _meta.Time.Advance(TimeSpan.FromSeconds(1));
        _meta.Servers.Data.Delete(MetaKey.ForTable(databaseId, table.Id), _meta.Tso.At(-2), _meta.Tso.At(-1));

        Assert.DoesNotContain((await ReadAsync()).Tables, other => other.Info.Id == table.Id);
        Assert.Contains((await TiKvSchemaSnapshot.ReadAsync(new TiKvSnapshot(_meta.Client, before), Cancelled)).Tables, other => other.Info.Id == table.Id);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("""{"id":1}""")]
    public async Task Read_ValueIsNoTable_NamesTheKey(string value)
    {
        (long databaseId, TableInfo table) = (await ReadAsync()).Tables[^1];
        byte[] key = MetaKey.ForTable(databaseId, table.Id);
        _meta.Time.Advance(TimeSpan.FromSeconds(1));
        _meta.Put(key, Encoding.UTF8.GetBytes(value));

        var exception = await Assert.ThrowsAsync<SchemaHistoryException>(ReadAsync);

        Assert.Contains(Convert.ToHexString(key), exception.Message, StringComparison.Ordinal);
    }

    private async Task<SchemaSnapshot> ReadAsync() => await TiKvSchemaSnapshot.ReadAsync(await _meta.Client.TakeSnapshotAsync(Cancelled), Cancelled);

    /// <summary>A job's copy of a table is older than the table in what has nothing to do with its form: the time of the change, and counters.</summary>
    private static IEnumerable<string> Describe(SchemaTracker tracker) => tracker.UserTables.OrderBy(table => table.Info.Id).Select(table =>
    {
        JsonObject json = JsonSerializer.SerializeToNode(table.Info)!.AsObject();
        json.Remove("update_timestamp");
        json.Remove("auto_inc_id");
        return $"{table} {json.ToJsonString()}";
    });
}
