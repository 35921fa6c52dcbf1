using System.Globalization;
using System.Text;
using Binlog.Cluster.Connecting;
using Binlog.Cluster.TiKv;
using Binlog.ClusterKit.Regions;
using Binlog.ClusterKit.TiKv;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Drainer.Schema.Storing;
using Binlog.Service.Tests.Downstream;
using Binlog.Service.Tests.EndToEnd;
using Binlog.TiDB.Keys;
using Binlog.TiDB.Schema;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Schema;

/// <summary>The DDL history of a real cluster, read from the raw keys that it had in TiKV.</summary>
public sealed class TiKvJobSourceTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly ServerChannels _channels = new(null, TimeProvider.System);
    private readonly TiKvDouble _store = new(new RegionTable());
    private TiKvJobSource _source = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _store.AddStoreAsync();
        await _store.AddStoreAsync();
        var tso = new ClockTso(TimeProvider.System);
        _source = new TiKvJobSource(new TiKvClient(new TableRegionSource(_store.Regions), tso, _channels, TimeProvider.System), tso);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _channels.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task ReadMissing_RecordedCluster_GivesTheRecordedJobs()
    {
        await LoadAsync();
        _store.Split(MetaKey.ForDdlJob(100));
        _store.Split(MetaKey.ForDdlJob(200));
        _store.Regions.MoveLeader(_store.RegionOf(MetaKey.ForDdlJob(150)), _store.Regions.Stores[1].Id);

        Dictionary<long, string> found = await ReadAsync(_ => false);

        Assert.Equal(await RecordedAsync(), found);
    }

    [Fact]
    public async Task ReadMissing_MostKnown_FetchesTheMissingOnesOnly()
    {
        await LoadAsync();
        Dictionary<long, string> recorded = await RecordedAsync();
        long[] missing = [.. recorded.Keys.Order().Skip(20).Take(2)];

        Dictionary<long, string> found = await ReadAsync(id => !missing.Contains(id));

        Assert.Equal(missing, found.Keys.Order());
        Assert.Equal(2, _store.CallsOf("KvGet"));
    }

    [Fact]
    public async Task Find_Job_IsTheStoredJson()
    {
        await LoadAsync();
        Dictionary<long, string> recorded = await RecordedAsync();
        long jobId = recorded.Keys.Order().ElementAt(30);

        Assert.Equal(recorded[jobId], Encoding.UTF8.GetString((await _source.FindAsync(jobId, Cancelled))!.Value.Span));
        Assert.Null(await _source.FindAsync(999_999, Cancelled));
    }

    /// <summary>What the Drainer makes of it is what the file of the same history gives, version by version.</summary>
    [Fact]
    public async Task Replay_RecordedCluster_GivesTheSchemaOfTheFile()
    {
        await LoadAsync();
        using var file = new FileSchemaHistory(RecordedStream.PathOf("ddl_history_jobs.jsonl.gz"));
        await using var stored = new StoredSchemaHistory(
            await JobStore.OpenOrBeginAsync(_folder.PathOf("data"), 1, TimeProvider.System, NullLogger.Instance, Cancelled), _source, TimeProvider.System, NullLogger.Instance);
        List<long> versions = await VersionsAsync(file);

        Assert.Equal(versions, await VersionsAsync(stored));
        foreach (long version in versions.Where((_, index) => index % 20 == 0).Append(versions[^1]))
        {
            SchemaTracker expected = await SchemaTracker.ReplayAsync(file, version, Cancelled);
            SchemaTracker actual = await SchemaTracker.ReplayAsync(stored, version, Cancelled);
            Assert.Equal(Describe(expected), Describe(actual));
        }
    }

    [Theory]
    [InlineData("[]", "a job is a JSON object")]
    [InlineData("{\"id\":6,\"state\":6}", "it holds job 6")]
    [InlineData("{\"id\":5", "(job 5): ")]
    public async Task Find_DamagedValue_NamesTheKey(string value, string expected)
    {
        _store.Data.Put(MetaKey.ForDdlJob(5), Encoding.UTF8.GetBytes(value), 1, 2);

        var exception = await Assert.ThrowsAsync<SchemaHistoryException>(() => _source.FindAsync(5, Cancelled));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexString(MetaKey.ForDdlJob(5)), exception.Message, StringComparison.Ordinal);
        Assert.Equal(5, exception.JobId);
    }

    [Fact]
    public async Task ReadMissing_NoHistory_GivesNothing() => Assert.Empty(await ReadAsync(_ => false));

    private static List<string> Describe(SchemaTracker tracker) =>
        [.. tracker.UserTables.Select(table => string.Create(CultureInfo.InvariantCulture, $"{table} {table.Info.Id} {string.Join(',', table.Info.Columns.Select(column => $"{column.Id}:{column.Name}:{column.Type.Tp}"))}")).Order(StringComparer.Ordinal)];

    private static async Task<List<long>> VersionsAsync(ISchemaHistory history)
    {
        List<long> versions = [];
        await foreach (DdlJob job in history.JobsAfterAsync(0, long.MaxValue, Cancelled))
        {
            versions.Add(job.Binlog.SchemaVersion);
        }

        return versions;
    }

    private static async Task<Dictionary<long, string>> RecordedAsync()
    {
        await using var gzip = new System.IO.Compression.GZipStream(File.OpenRead(RecordedStream.PathOf("ddl_history_jobs.jsonl.gz")), System.IO.Compression.CompressionMode.Decompress);
        using var reader = new StreamReader(gzip);
        string text = await reader.ReadToEndAsync(Cancelled);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries).ToDictionary(line => JobHead.Read(Encoding.UTF8.GetBytes(line)).Id);
    }

    private Task LoadAsync() => ClusterKit.TiDb.RecordedKeys.LoadAsync(_store.Data, Path.Combine(ProcessCluster.Recording.Directory, "tikv_meta_kvs.jsonl.gz"), Cancelled);

    private async Task<Dictionary<long, string>> ReadAsync(Func<long, bool> isKnown)
    {
        Dictionary<long, string> found = [];
        await foreach (ReadOnlyMemory<byte> json in _source.ReadMissingAsync(isKnown, _ => false, Cancelled))
        {
            found.Add(JobHead.Read(json.Span).Id, Encoding.UTF8.GetString(json.Span));
        }

        return found;
    }
}
